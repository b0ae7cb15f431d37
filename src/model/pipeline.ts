import type { InvocationError } from "./invocation.ts"

/** A call of one function within a pipeline; later kinds of steps join this union. */
export interface FunctionStep {
  readonly kind: "function"
  /** Unique within the pipeline. */
  readonly name: string
  /** A function by name, id, `name@version` or `name@alias`. */
  readonly function: string
}

/** Any step of a pipeline. */
export type PipelineStep = FunctionStep

/** A pipeline as data: what `definePipeline` builds and what is stored. */
export interface PipelineDefinition {
  readonly name: string
  readonly steps: readonly PipelineStep[]
}

/** A stored pipeline. */
export interface PipelineRecord extends PipelineDefinition {
  readonly id: string
  readonly organisation: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** One step of one run. */
export interface StepRecord {
  readonly name: string
  readonly function: string
  readonly version: number | null
  readonly status: "succeeded" | "failed" | "skipped"
  readonly invocationId: string | null
  readonly output?: unknown
  readonly error?: InvocationError
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly durationMs: number | null
}

/** One execution of a pipeline. */
export interface PipelineRun {
  readonly id: string
  readonly pipeline: string
  readonly status: "succeeded" | "failed"
  readonly output?: unknown
  readonly error?: InvocationError
  readonly steps: readonly StepRecord[]
  readonly startedAt: number
  readonly endedAt: number
  readonly durationMs: number
}

/** A run as it is stored. */
export interface PipelineRunRecord extends PipelineRun {
  readonly organisation: string
}
