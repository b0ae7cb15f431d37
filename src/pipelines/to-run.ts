import type { Job, NewJob } from "../model/job.ts"
import type { PipelineRun, PipelineStep, StepRecord } from "../model/pipeline.ts"
import type { RunRow, StepRow } from "../ports/pipeline-storage.ts"
import type { RunPayload } from "./run-work.ts"

/** A run as it is shown: with its steps in the order of their beginning, and those of its own that never began. */
export function toPipelineRun(run: RunRow, rows: readonly StepRow[]): PipelineRun {
  const { id, pipeline, status, definition, output, error, startedAt, endedAt, originId, traceId } = run
  const hasEnded = endedAt !== null
  return {
    id,
    pipeline,
    status,
    ...(output !== null && { output: JSON.parse(output) }),
    ...(error && { error }),
    steps: [...rows.map(toStepRecord), ...(hasEnded ? skippedSteps(definition, rows) : [])],
    startedAt,
    endedAt,
    durationMs: hasEnded ? endedAt - startedAt : null,
    originId,
    traceId,
  }
}

/** A run that has been accepted and has not begun. */
export function acceptedRun({
  id,
  payload,
  createdAt,
  traceId,
  status,
  ...job
}: (Job | NewJob) & { readonly status?: Job["status"] }): PipelineRun {
  const { pipeline, originId }: RunPayload = JSON.parse(payload)
  const isCancelled = status === "cancelled"
  const endedAt = isCancelled && "updatedAt" in job ? job.updatedAt : null
  return {
    id,
    pipeline,
    status: isCancelled ? "cancelled" : "queued",
    ...("error" in job && job.error && { error: job.error }),
    steps: [],
    startedAt: createdAt,
    endedAt,
    durationMs: endedAt === null ? null : endedAt - createdAt,
    originId,
    traceId,
  }
}

function toStepRecord({ position, wakeAt, awaited, output, ...step }: StepRow): StepRecord {
  const { startedAt, endedAt } = step
  return {
    ...step,
    ...(output !== null && { output: JSON.parse(output) }),
    durationMs: startedAt === null || endedAt === null ? null : endedAt - startedAt,
  }
}

/** The run's own steps whose turn did not come. */
function skippedSteps(definition: readonly PipelineStep[], rows: readonly StepRow[]): readonly StepRecord[] {
  const begun = new Set(rows.map(({ path }) => path.split(".", 1)[0]))
  return definition.flatMap((step, index) => (begun.has(String(index)) ? [] : [skipped(step, String(index))]))
}

function skipped(step: PipelineStep, path: string): StepRecord {
  return {
    name: step.name,
    path,
    kind: step.kind,
    function: step.kind === "function" ? step.function : null,
    version: null,
    status: "skipped",
    invocationId: null,
    attempts: 0,
    startedAt: null,
    endedAt: null,
    durationMs: null,
  }
}
