import type { InvocationError } from "../../model/invocation.ts"
import type { Attempt, Job, Lease } from "../../model/job.ts"
import type { Verdict } from "../../ports/queue.ts"

/** Decides how a job goes on that the service itself failed at. */
export type JudgeFault = (lease: Lease, startedAt: number, signal: AbortSignal) => Promise<Verdict>

/** What judging faults needs. */
export interface FaultOptions {
  /** Resolves where the storage answers; rejects where it does not, or not in time. */
  readonly ping: () => Promise<void>
  /** Ends what the job stands for beside the queue: the job becomes a dead letter once this has resolved. */
  readonly giveUp: (job: Job, error: InvocationError) => Promise<void>
  readonly now: () => number
  readonly onError: (error: unknown, context: { readonly stage: "queue" }) => void
}

/** After a fault that is no job's; and after the first one that is, from where the waits double. */
const firstWaitMs = 5000
const longestWaitMs = 600_000
/** In a row, which takes some three hours: whoever operates the service may mend it meanwhile. */
const maxFaults = 25
/** What lies further apart is no row: the job of a pipeline's run may live for months. */
const rowMs = 6 * 3_600_000

/**
 * Makes what judges faults. They are counted only while the storage answers: where it is away, all jobs fail, and none of
 * them is to be given up for that.
 */
export function createFaultJudge({ ping, giveUp, now, onError }: FaultOptions): JudgeFault {
  async function answers(signal: AbortSignal): Promise<boolean> {
    const isOver = new Promise<false>((resolve) => {
      signal.addEventListener("abort", () => resolve(false), { once: true })
    })
    return await Promise.race([
      isOver,
      ping().then(
        () => true,
        () => false,
      ),
    ])
  }

  return async ({ job }, startedAt, signal) => {
    // What is ended on its way is nobody's fault.
    if (signal.aborted || !(await answers(signal))) {
      return { outcome: "again", runAt: now() + firstWaitMs, attempt: null }
    }
    const endedAt = now()
    const faults = faultsInRow(job, endedAt) + 1
    const wait = Math.min(firstWaitMs * 2 ** (faults - 1), longestWaitMs)
    const attempt: Attempt = { number: job.attempt, invocationId: null, startedAt, endedAt, error: ownFault, faults }
    if (faults < maxFaults) return { outcome: "again", runAt: endedAt + wait, attempt }
    const error = toError(
      `The service itself failed at this ${faults} times in a row and gave up; its host's log says why.`,
    )
    try {
      await giveUp(job, error)
    } catch (failure) {
      onError(failure, { stage: "queue" })
      return { outcome: "again", runAt: endedAt + wait, attempt }
    }
    return { outcome: "failed", error, attempt }
  }
}

/** How often the service failed at this try of the job, up to now. */
function faultsInRow({ attempts, attempt }: Job, at: number): number {
  const last = attempts.at(-1)
  const isInRow = last?.faults !== undefined && last.number === attempt && at - last.endedAt <= rowMs
  return isInRow ? (last.faults ?? 0) : 0
}

/** Whoever owns the job is no owner of the service: what failed within it is for the host's eyes. */
const ownFault = toError("The service itself failed, not what was called; its host's log says why.")

function toError(message: string): InvocationError {
  return { code: "FN_008", name: "FunctionsError", message, stack: "" }
}
