import type { RuntimeId } from "./configuration.ts"
import type { InvocationError } from "./invocation.ts"
import type { AskedBy } from "./job.ts"
import type { Retry } from "./retry.ts"
import type { BusTrigger } from "./trigger-declaration.ts"

/**
 * What a step is given in place of the output of the step before: any JSON, in which a text that begins with `$.` stands
 * for a value of the run: `$.input`, `$.previous`, `$.steps.<name>`, and within a map `$.item` and `$.index`; names and
 * numbers lead further into it, as in `$.input.orders.0.total`.
 */
export type InputTemplate = unknown

/** What decides on a way: a comparison of a value of the run, or several of them joined. */
export type Condition =
  | {
      /** Such as `$.previous.total`. */
      readonly value: string
      readonly is: "==" | "!=" | ">" | ">=" | "<" | "<=" | "in" | "exists"
      /** What it is compared with; may itself begin with `$.`. */
      readonly to?: unknown
    }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }

interface Step {
  /** Unique within the pipeline. */
  readonly name: string
  /**
   * Earlier steps of the same list that it waits for, beside those that its references name; steps that wait for none of
   * one another run side by side. `$.previous` is then the output of the one that it names, or theirs by name where there
   * are several, or what the list was given where there is none. @default the step before it
   */
  readonly after?: readonly string[]
  /** Steps that take the place of this one where it failed for good; they are given `{ error, input }`. */
  readonly catch?: readonly PipelineStep[]
}

/** A call of one function. */
export interface FunctionStep extends Step {
  readonly kind: "function"
  /** A function by name, id, `name@version` or `name@alias`. */
  readonly function: string
  /** @default the output of the step before */
  readonly input?: InputTemplate
  /** How a try that failed is followed by another. @default one try */
  readonly retry?: Retry
  /** Seconds that one try may take. @default the function's own `timeout` */
  readonly timeout?: number
  /** A function that undoes the step where a later one fails; it is given `{ input, output, error }`. */
  readonly compensate?: string
  /** Seconds for which the same version in the same environment with the same input need not be called again. @default 0 */
  readonly cache?: number
  /** Filled in when a run begins: what the output of the function goes through, and that of the one that undoes. */
  readonly chain?: readonly string[]
  readonly compensateChain?: readonly string[]
}

/** Several ways at once; its output has that of each way under its name. The first failure ends the others. */
export interface ParallelStep extends Step {
  readonly kind: "parallel"
  readonly branches: Readonly<Record<string, readonly PipelineStep[]>>
}

/** The same steps for every item of a list; its output is the list of theirs, in order. */
export interface MapStep extends Step {
  readonly kind: "map"
  /** Where the list is. @default "$.previous" */
  readonly items?: string
  /** Items that are worked on at once. @default 10 */
  readonly concurrency?: number
  readonly steps: readonly PipelineStep[]
}

/** One of several ways: the first whose condition holds, or the last. */
export interface BranchStep extends Step {
  readonly kind: "branch"
  readonly cases: readonly { readonly when: Condition; readonly steps: readonly PipelineStep[] }[]
  /** @default nothing: the output of the step before goes on */
  readonly otherwise?: readonly PipelineStep[]
}

/** A pause of any length; the output of the step before goes on. */
export interface WaitStep extends Step {
  readonly kind: "wait"
  /** Seconds. */
  readonly seconds?: number
  /** A date as ISO 8601 has it, epoch milliseconds, or where to find one of them. */
  readonly until?: string | number
}

/** Waits until an event of this type is published; its output is the event. */
export interface EventStep extends Step {
  readonly kind: "event"
  readonly type: string
  /** Values that the event must have, by path within it, such as `{ "data.orderId": "$.input.id" }`. */
  readonly match?: Readonly<Record<string, unknown>>
  /** As an event trigger has it; its texts may be references. @default every event of the type */
  readonly filter?: string | Readonly<Record<string, unknown>> | readonly unknown[]
  /** Seconds; then the step fails with `FN_002`. @default no limit */
  readonly timeout?: number
}

/** Waits until somebody approves; its output is what that one said, and when. Fails with `FN_009` where it is refused. */
export interface ApprovalStep extends Step {
  readonly kind: "approval"
  /** Seconds; then the step fails with `FN_002`. @default no limit */
  readonly timeout?: number
}

/** Another pipeline, as it is defined when the run begins; its output is that of its last step. */
export interface SubPipelineStep extends Step {
  readonly kind: "pipeline"
  readonly pipeline: string
  /** @default the output of the step before */
  readonly input?: InputTemplate
  /** Filled in when a run begins. */
  readonly steps?: readonly PipelineStep[]
}

/** Any step of a pipeline. */
export type PipelineStep =
  | FunctionStep
  | ParallelStep
  | MapStep
  | BranchStep
  | WaitStep
  | EventStep
  | ApprovalStep
  | SubPipelineStep

/** A pipeline as data: what `definePipeline` builds and what is stored. */
export interface PipelineDefinition {
  readonly name: string
  readonly steps: readonly PipelineStep[]
  /** What runs it by itself; the event is the run's input. @default nothing */
  readonly triggers?: readonly BusTrigger[]
}

/** A stored pipeline. */
export interface PipelineRecord extends Required<PipelineDefinition> {
  readonly id: string
  readonly organisation: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** One step of one run. */
export interface StepRecord {
  readonly name: string
  /** Where it stands in the run, such as `2`, `1.left.0` or `3.17.0`: unique within it. */
  readonly path: string
  readonly kind: PipelineStep["kind"] | "compensation"
  /** Of a function's step. */
  readonly function: string | null
  readonly version: number | null
  /** `waiting` for a time, an event, an approval or the next try. */
  readonly status: "succeeded" | "failed" | "skipped" | "waiting"
  readonly invocationId: string | null
  /** Tries that ended. */
  readonly attempts: number
  readonly output?: unknown
  readonly error?: InvocationError
  /** Whether the output is that of an earlier call with the same input. */
  readonly cached?: boolean
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly durationMs: number | null
}

/** Where a run is on its way. */
export type RunStatus = "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled"

/** One execution of a pipeline. */
export interface PipelineRun {
  readonly id: string
  readonly pipeline: string
  readonly status: RunStatus
  readonly output?: unknown
  readonly error?: InvocationError
  readonly steps: readonly StepRecord[]
  readonly startedAt: number
  /** Null until it has ended. */
  readonly endedAt: number | null
  readonly durationMs: number | null
  /** The run that this one does again from one of its steps. */
  readonly originId: string | null
  readonly traceId: string
}

/** A run as it is stored. */
export interface PipelineRunRecord extends PipelineRun {
  readonly organisation: string
  /** Who asked for it; not stored with it. */
  readonly askedBy?: AskedBy
}

/** A function as it was when a run that calls it was accepted. */
export interface BoundFunction {
  readonly functionId: string
  readonly name: string
  readonly version: number
  readonly runtime: RuntimeId
  readonly contentHash: string
  /** SHA-256 over the variables, with the names of secrets in place of their values: another one tells that they have changed. */
  readonly environmentHash: string
}

/** What a run was accepted with, beside its steps and its input. */
export interface RunSurroundings {
  readonly functions: readonly BoundFunction[]
  /** Versions of what runs it; the engine is the one that this version of Inlay brings. */
  readonly service: { readonly inlay: string; readonly node: string }
}

/**
 * What reproduces a run: its input, its steps with the versions that they were bound to when it was accepted, and what it
 * was accepted with (null for runs of earlier versions of the service). Outputs stand in the run.
 */
export interface RunProvenance {
  readonly run: PipelineRun
  readonly input: unknown
  readonly steps: readonly PipelineStep[]
  readonly surroundings: RunSurroundings | null
}
