import type { IdempotencyOptions } from "../model/idempotency.ts"
import type { TraceContext } from "../model/trace-context.ts"

/** Options of one run. */
export interface PipelineRunOptions extends Pick<TraceContext, "traceId" | "parentSpanId"> {
  /** Ends the run early; it fails with `FN_002`. A run that `start` has accepted goes on: `cancel` ends it. */
  readonly signal?: AbortSignal
}

/** Options of a run that is accepted and goes on by itself. */
export interface PipelineStartOptions extends PipelineRunOptions, IdempotencyOptions {}

/** From where a run is done again. */
export interface RerunOptions {
  /** The name of one of the pipeline's own steps. @default its first */
  readonly from?: string
  /** What that step is given in place of the output of the step before. */
  readonly input?: unknown
}

/** How a run is ended. */
export interface CancelOptions {
  /** Undoes what the run has done: it fails with `FN_002` once that has ended. @default false: nothing is undone */
  readonly undo?: boolean
}
