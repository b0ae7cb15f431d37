import type { Invocation, InvocationError } from "../model/invocation.ts"
import type { PipelineStep, StepRecord } from "../model/pipeline.ts"
import type { RuntimeInput, RuntimeOutput } from "../ports/runtime.ts"
import type { StepValue } from "./step-value.ts"

/** Options of one call that a step makes. */
export interface StepCallOptions {
  readonly signal?: AbortSignal
  /** The run's own, so that its calls are found together. */
  readonly traceId: string
}

/** What became of one call: the same as the service's raw call. */
export interface StepCall {
  readonly invocation: Omit<Invocation, "output">
  /** Undefined where the invocation failed. */
  readonly output?: RuntimeOutput
}

/** The command that calls a function of an organisation; rejects only where nothing ran. */
export type InvokeStep = (
  organisation: string,
  functionName: string,
  input: RuntimeInput,
  options: StepCallOptions,
) => Promise<StepCall>

/** What every step of a run may use. */
export interface StepContext {
  readonly organisation: string
  readonly pipeline: string
  readonly traceId: string
  readonly signal: AbortSignal | undefined
  readonly invoke: InvokeStep
  readonly now: () => number
}

/** What a step came to, with its records: one for each call, in the order in which they were begun. */
export type StepOutcome =
  | { readonly ok: true; readonly value: StepValue; readonly records: readonly StepRecord[] }
  | { readonly ok: false; readonly error: InvocationError; readonly records: readonly StepRecord[] }

/** Runs one kind of step. Rejects only for what is the service's own fault. */
export type StepExecutor<Step extends PipelineStep> = (
  step: Step,
  input: StepValue,
  context: StepContext,
) => Promise<StepOutcome>
