import { FunctionsError } from "../errors/functions-error.ts"
import type { NewJob } from "../model/job.ts"
import type { PipelineRun } from "../model/pipeline.ts"
import type { PipelineStore } from "../ports/pipeline-storage.ts"
import type { Queue } from "../ports/queue.ts"
import type { RunPayload } from "./run-payload.ts"
import { acceptedRun } from "./to-run.ts"
import { walkSteps } from "./walk-steps.ts"

/** What accepting such a run needs. */
export interface RerunAcceptingOptions {
  readonly store: Pick<PipelineStore, "findFamily">
  readonly queue: Pick<Queue, "put" | "find">
}

/** Whether the run takes steps over that it would undo where it fails, as others would that have them too. */
export function sharesUndoing({ definition, steps = [] }: RunPayload): boolean {
  const places = new Set(steps.map(({ path }) => Number(path.split(".", 1)[0])))
  const shared = definition.filter((_, index) => places.has(index))
  return [...walkSteps(shared)].some(({ step }) => "compensate" in step && step.compensate !== undefined)
}

/** For how long a run is known by its key alone, at the most: once it has begun, it is found among the runs. */
const keyMs = 7 * 86_400_000

/**
 * Accepts a run that shares steps which can be undone, where no other run that has them is under way: what one of them
 * undoes must not be built upon by another, nor undone twice. `FN_006` where one is.
 */
export async function acceptAlone(
  { store, queue }: RerunAcceptingOptions,
  job: NewJob,
  originId: string,
): Promise<PipelineRun> {
  const { organisation, target } = job
  const { eldestId, openId } = await store.findFamily(organisation, originId)
  if (openId !== null) throw refuse(target, originId, openId)
  // Each key belongs to one job, as long as that is there: who comes after it is known by it. So of several at once one is
  // accepted.
  for (let previousId = eldestId; ; ) {
    const idempotency = { key: `rerun:${previousId}`, hash: job.id, until: job.createdAt + keyMs }
    const [result] = await queue.put([{ ...job, idempotency }])
    if (result === undefined || result.outcome === "added") return acceptedRun(job)
    const known = await queue.find(organisation, result.id)
    // One that was removed in between has taken its key along.
    if (known === null) continue
    if (!["succeeded", "failed", "cancelled"].includes(known.status)) throw refuse(target, originId, known.id)
    previousId = known.id
  }
}

function refuse(pipeline: string, runId: string, openId: string): FunctionsError {
  const message =
    openId === runId
      ? "has not ended, and may undo steps that the new run would go on from"
      : `has steps in common with run "${openId}", which has not ended and may undo them`
  return new FunctionsError("FN_006", `Cannot run "${pipeline}" again: run "${runId}" ${message}.`, {
    issues: [{ path: "id", message }],
  })
}
