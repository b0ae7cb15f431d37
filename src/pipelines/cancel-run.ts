import type { Job } from "../model/job.ts"
import type { PipelineStore } from "../ports/pipeline-storage.ts"
import type { Queue } from "../ports/queue.ts"
import { readBeginning } from "./run-payload.ts"
import { toRunRow } from "./run-work.ts"
import { ownError } from "./step-execution.ts"

/** Ends a run at once; false where there is none. */
export type CancelRun = (organisation: string, runId: string) => Promise<boolean>

/** Makes what ends runs. */
export function createCancelRun(options: {
  readonly store: PipelineStore
  readonly queue: Queue
  readonly abort: (organisation: string, id: string) => void
  readonly now: () => number
}): CancelRun {
  const { store, queue, abort, now } = options
  const ending = () => ({ status: "cancelled", error: cancelled, endedAt: now() }) as const

  /** A worker that has the job already, and not begun, must find that the run has ended. */
  async function endBeforeItBegins(job: Job): Promise<void> {
    const payload = readBeginning(job.payload)
    if (payload === null) return
    await store.claim(toRunRow(job, payload), payload.steps)
    await store.endRun(job.organisation, job.id, ending())
  }

  return async (organisation, runId) => {
    const job = await queue.find(organisation, runId)
    const isRun = job?.kind === "pipeline"
    // What is written down first holds, though this process may end before the queue hears of it.
    const hasEnded = await store.endRun(organisation, runId, ending())
    if (!isRun) return hasEnded
    if (!hasEnded && (await store.findStatus(organisation, runId)) === null) await endBeforeItBegins(job)
    await queue.cancel(organisation, runId, cancelled, now())
    abort(organisation, runId)
    return true
  }
}

const cancelled = ownError("FN_002", "The run was cancelled.")
