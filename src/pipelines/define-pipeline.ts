import { checkName } from "../model/name.ts"
import type {
  ApprovalStep,
  Condition,
  EventStep,
  FunctionStep,
  MapStep,
  PipelineDefinition,
  SubPipelineStep,
  WaitStep,
} from "../model/pipeline.ts"
import { parsePipelineDefinition } from "./parse-definition.ts"

/** The name of a step in records and in `$.steps.<name>`; unique within the pipeline. @default its function's or kind's */
interface Named {
  readonly name?: string
}

/** Adds steps to a list of steps within a step. */
export type WriteSteps = (steps: PipelineBuilder) => PipelineBuilder

/** Options of a call. */
export interface StepOptions
  extends Named,
    Partial<Pick<FunctionStep, "input" | "retry" | "timeout" | "compensate" | "cache">> {
  /** Steps that take the place of this one where it failed for good; they are given `{ error, input }`. */
  readonly catch?: WriteSteps
}

/** A pipeline that is being written down. Each call answers a new builder and leaves this one as it is. */
export interface PipelineBuilder {
  readonly name: string
  /** Adds a call of a function, which receives the output of the step before. `FN_006` where a name cannot be one. */
  step(functionName: string, options?: StepOptions): PipelineBuilder
  /** Adds several ways that are gone at once; the output has that of each way under its name. */
  parallel(branches: Readonly<Record<string, WriteSteps>>, options?: Named): PipelineBuilder
  /** Adds the same steps for every item of a list; the output is the list of theirs. */
  map(steps: WriteSteps, options?: Named & Partial<Pick<MapStep, "items" | "concurrency">>): PipelineBuilder
  /** Adds ways of which the first whose condition holds is gone, else `otherwise`. */
  branch(
    cases: readonly { readonly when: Condition; readonly steps: WriteSteps }[],
    options?: Named & { readonly otherwise?: WriteSteps },
  ): PipelineBuilder
  /** Adds a pause: seconds, a date, or where in the run to find one, such as `$.input.startsAt`. */
  wait(time: number | Date | string, options?: Named): PipelineBuilder
  /** Adds a wait for an event; the output is the event. */
  waitForEvent(type: string, options?: Named & Partial<Pick<EventStep, "match" | "timeout">>): PipelineBuilder
  /** Adds a wait until somebody approves. */
  approval(options?: Named & Partial<Pick<ApprovalStep, "timeout">>): PipelineBuilder
  /** Adds another pipeline, as it is defined when a run begins. */
  pipeline(pipelineName: string, options?: Named & Partial<Pick<SubPipelineStep, "input">>): PipelineBuilder
  /** The pipeline as data. */
  toDefinition(): PipelineDefinition
}

/**
 * Declares a pipeline: `definePipeline("segmentation").step("clean_data").step("segment_data")`.
 * `FN_006` where the name cannot be one.
 */
export function definePipeline(name: string): PipelineBuilder {
  return build(checkName("pipeline", name), [])
}

/** Steps as they are written, before they are checked. */
type Written = Readonly<Record<string, unknown>>

const written = new WeakMap<PipelineBuilder, readonly Written[]>()

function build(name: string, steps: readonly Written[]): PipelineBuilder {
  /** Checked at once, so that the error's stack shows who wrote the step. */
  const add = (step: Written): PipelineBuilder => {
    const all = [...steps, step]
    if (all.length <= checkedUpTo) parsePipelineDefinition({ name, steps: all })
    return build(name, all)
  }
  const within = (write: WriteSteps): readonly Written[] => written.get(write(build(name, []))) ?? []
  const builder: PipelineBuilder = {
    name,
    step: (functionName, { catch: caught, ...options } = {}) =>
      add({ kind: "function", function: functionName, ...options, ...(caught && { catch: within(caught) }) }),
    parallel: (branches, options) =>
      add({
        kind: "parallel",
        ...options,
        branches: Object.fromEntries(Object.entries(branches).map(([key, write]) => [key, within(write)])),
      }),
    map: (write, options) => add({ kind: "map", ...options, steps: within(write) }),
    branch: (cases, { otherwise, ...options } = {}) =>
      add({
        kind: "branch",
        ...options,
        cases: cases.map(({ when, steps: write }) => ({ when, steps: within(write) })),
        ...(otherwise && { otherwise: within(otherwise) }),
      }),
    wait: (time, options) => add({ kind: "wait", ...options, ...toWait(time) }),
    waitForEvent: (type, options) => add({ kind: "event", type, ...options }),
    approval: (options) => add({ kind: "approval", ...options }),
    pipeline: (pipelineName, options) => add({ kind: "pipeline", pipeline: pipelineName, ...options }),
    toDefinition: () => parsePipelineDefinition({ name, steps }),
  }
  written.set(builder, steps)
  return builder
}

/** Checking all at each step would take a time that grows with the square of their number. */
const checkedUpTo = 50

function toWait(time: number | Date | string): Pick<WaitStep, "seconds" | "until"> {
  if (typeof time === "number") return { seconds: time }
  return { until: typeof time === "string" ? time : time.toISOString() }
}
