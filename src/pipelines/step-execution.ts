import type { Tell } from "../model/facts.ts"
import type { Invocation, InvocationError } from "../model/invocation.ts"
import type { AskedBy } from "../model/job.ts"
import type { FunctionStep, PipelineStep } from "../model/pipeline.ts"
import type { PipelineStore, StepRow } from "../ports/pipeline-storage.ts"
import type { RuntimeInput, RuntimeOutput } from "../ports/runtime.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import type { Journal } from "./journal.ts"
import type { ResolveFunction } from "./resolve-function.ts"
import type { Scope } from "./scope.ts"
import type { StepValue } from "./step-value.ts"

/** Options of one call that a pipeline makes. */
export interface StepCallOptions {
  readonly signal?: AbortSignal
  /** The run's own, so that its calls are found together. */
  readonly traceId: string
  /** The step's. */
  readonly parentSpanId: string
  /** How many events led to the run. */
  readonly depth: number
  /** What the output goes through, in place of what the function's configuration names. */
  readonly chain?: readonly string[]
  /** Hears of each output that goes on to the next of them. */
  readonly onLink?: (text: string) => void
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

/** A step that can be undone. */
export interface CompletedStep {
  readonly step: FunctionStep & { readonly compensate: string }
  readonly row: StepRow
  readonly input: StepValue
  readonly output: StepValue
}

/** What every step of a run may use. */
export interface StepContext {
  readonly organisation: string
  readonly runId: string
  readonly pipeline: string
  readonly traceId: string
  /** Who asked for the run. */
  readonly askedBy: AskedBy | undefined
  /** How many events led to the run. */
  readonly depth: number
  /** The caller's, or that of a way which another one's failure ends: the step fails. */
  readonly signal: AbortSignal | undefined
  /** The worker's: what happens then does not count. */
  readonly workSignal: AbortSignal
  readonly invoke: InvokeStep
  readonly resolve: ResolveFunction
  readonly tell: Tell
  readonly journal: Journal
  readonly cache: Pick<PipelineStore, "findCached" | "keepCached">
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  /** From 0 to 1. */
  readonly random: () => number
  /** Runs the steps within a step. */
  readonly runSteps: RunSteps
  /** The run has failed: what it has done is gone through again, and nothing more is done. */
  readonly replays: boolean
  /** The steps that can be undone, in the order in which they ended; filled on the way. */
  readonly completed: CompletedStep[]
}

/** What a step came to. */
export type StepOutcome =
  | { readonly state: "done"; readonly value: StepValue }
  | { readonly state: "failed"; readonly error: InvocationError }
  /** Goes on by itself at `wakeAt`, epoch milliseconds, or from outside. */
  | { readonly state: "suspended"; readonly wakeAt: number | null }

/** Runs steps one after the other; `path` is that of the step that holds them, empty for the run's own. */
export type RunSteps = (
  steps: readonly PipelineStep[],
  scope: Scope,
  context: StepContext,
  path: string,
) => Promise<StepOutcome>

/** Runs one kind of step. Rejects only for what is the service's own fault, or where the run is not its own any more. */
export type StepExecutor<Step extends PipelineStep> = (
  step: Step,
  scope: Scope,
  context: StepContext,
  path: string,
) => Promise<StepOutcome>

/** An error of the pipeline itself. */
export function ownError(code: "FN_002" | "FN_004" | "FN_008" | "FN_009", message: string): InvocationError {
  return { code, name: "FunctionsError", message, stack: "" }
}

/** The row of a step that has just begun to exist. */
export function newRow(
  step: Pick<PipelineStep, "name" | "kind">,
  path: string,
  given: Partial<StepRow>,
): Omit<StepRow, "position"> {
  return {
    path,
    name: step.name,
    kind: step.kind,
    function: null,
    version: null,
    status: "succeeded",
    invocationId: null,
    attempts: 0,
    output: null,
    startedAt: null,
    endedAt: null,
    wakeAt: null,
    awaited: null,
    link: 0,
    ...given,
  }
}

/** A step that a failed run never came to the end of. */
export const notDone: StepOutcome = {
  state: "failed",
  error: ownError("FN_002", "The run had failed before the step ended."),
}
