import type { Queue, Verdict } from "../../ports/queue.ts"
import { type LeasedWork, lost } from "./lease-keeper.ts"

/** Writes down how work has ended. */
export interface Settler {
  /** Never rejects: what cannot be written down is done again, once its lease has run out. */
  settle(work: LeasedWork, verdict: Verdict): Promise<void>
  /** Tries what it could not write down once more, and then no more. */
  stop(): void
}

/** Why work is ended early to be done elsewhere. */
export const closing: DOMException = new DOMException(
  "The service closes: the job is done elsewhere, or later.",
  "AbortError",
)

/** For how long an end waits for others while much is under way, so that one write tells of all of them. */
const gatherMs = 15
/** So many are not kept waiting for more. */
const enough = 32

/** The first pause after a failure; it doubles. */
const againMs = 250
const longestPauseMs = 10_000
/** After a good minute the lease is let go: whatever is wrong with this end, its work is not to be kept for ever. */
const maxTries = 12

/** Creates a settler. `isBusy` says whether so much is under way that others will end soon. */
export function createSettler(options: {
  readonly queue: Pick<Queue, "settle">
  readonly now: () => number
  readonly isBusy: () => boolean
  readonly onError: (error: unknown, context: { readonly stage: "queue" }) => void
}): Settler {
  const { queue, now, isBusy, onError } = options
  const stopping = new AbortController()
  let company: Promise<void> | undefined
  let gathered = 0
  let go = () => {}

  function gather(): Promise<void> {
    company ??= new Promise((resolve) => {
      const timer = setTimeout(() => go(), gatherMs)
      go = () => {
        clearTimeout(timer)
        company = undefined
        gathered = 0
        resolve()
      }
    })
    const joined = company
    gathered += 1
    if (gathered >= enough || !isBusy()) go()
    return joined
  }

  return {
    /** As long as the lease is kept, a failure of the storage does not undo what was done. */
    async settle(work, verdict) {
      const { signal } = work.controller
      await gather()
      for (let tries = 1; signal.reason !== lost; tries += 1) {
        const handedBack = signal.reason === closing && verdict.outcome !== "succeeded"
        const ending = handedBack ? ({ outcome: "again", runAt: now(), attempt: null } as const) : verdict
        try {
          await queue.settle([{ lease: work.lease, at: now(), ...ending }])
          return
        } catch (error) {
          if (tries === 1) onError(error, { stage: "queue" })
          if (stopping.signal.aborted) return
          if (tries === maxTries) return onError(givenUp(work, error), { stage: "queue" })
          await pause(Math.min(againMs * 2 ** (tries - 1), longestPauseMs), stopping.signal)
        }
      }
    },
    stop() {
      stopping.abort()
      go()
    },
  }
}

function givenUp({ lease: { job } }: LeasedWork, cause: unknown): Error {
  const what = `Cannot write down how ${job.kind} job "${job.id}" of organisation "${job.organisation}" ended`
  return new Error(`${what}: ${maxTries} tries have failed. It is done again once its lease has run out.`, { cause })
}

/** Ends early where the signal says so. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener("abort", end)
  })
}
