import type { Job, NewJob } from "../model/job.ts"
import type { PipelineRun, PipelineStep, StepRecord } from "../model/pipeline.ts"
import type { RunRow, StepRow } from "../ports/pipeline-storage.ts"
import { readJson } from "../util/read-json.ts"
import { readBeginning } from "./run-payload.ts"

/** A run as it is shown: with its steps in the order of their beginning, and those of its own that never began. */
export function toPipelineRun(run: RunRow, rows: readonly StepRow[]): PipelineRun {
  const { id, pipeline, status, definition, output, error, startedAt, endedAt, originId, traceId } = run
  const hasEnded = endedAt !== null
  return {
    id,
    pipeline,
    status,
    ...toOutput(output),
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
  const { originId = null } = readBeginning(payload) ?? {}
  const ending = status === "cancelled" || status === "failed" ? status : null
  const endedAt = ending && "updatedAt" in job ? job.updatedAt : null
  return {
    id,
    pipeline: job.target,
    status: ending ?? "queued",
    ...("error" in job && job.error && { error: job.error }),
    steps: [],
    startedAt: createdAt,
    endedAt,
    durationMs: endedAt === null ? null : endedAt - createdAt,
    originId,
    traceId,
  }
}

/** What cannot be read is not shown; the run says why it ended. */
function toOutput(text: string | null): { readonly output?: unknown } {
  const output = text === null ? undefined : readJson(text, undefined)
  return output === undefined ? {} : { output }
}

function toStepRecord({ position, wakeAt, awaited, link, output, ...step }: StepRow): StepRecord {
  const { status, startedAt, endedAt } = step
  return {
    ...step,
    // What a step holds while it waits is none that it has answered.
    ...toOutput(status === "waiting" ? null : output),
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
