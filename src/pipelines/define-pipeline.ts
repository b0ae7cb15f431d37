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
import type { BusTrigger } from "../model/trigger-declaration.ts"
import { toMermaid } from "./mermaid.ts"
import { parsePipelineDefinition, parseSteps } from "./parse-definition.ts"

/** What steps of all kinds may be given. */
interface CommonOptions {
  /** In records and in `$.steps.<name>`; unique within the pipeline. @default its function's or kind's */
  readonly name?: string
  /**
   * Earlier steps of the same list that it waits for, beside those that its references name: steps that wait for none of
   * one another run side by side. @default the step before it
   */
  readonly after?: readonly string[]
  /** Steps that take the place of this one where it failed for good; they are given `{ error, input }`. */
  readonly catch?: WriteSteps
}

/** Adds steps to a list of steps within a step. */
export type WriteSteps = (steps: PipelineBuilder) => PipelineBuilder

/** Options of a call. */
export interface StepOptions
  extends CommonOptions,
    Partial<Pick<FunctionStep, "input" | "retry" | "timeout" | "compensate" | "cache">> {}

/** A pipeline that is being written down. Each call answers a new builder and leaves this one as it is. */
export interface PipelineBuilder {
  readonly name: string
  /** Adds what runs the pipeline by itself, such as `{ type: "schedule", cron: "0 3 * * *" }`; the event is the run's input. */
  on(trigger: BusTrigger): PipelineBuilder
  /** Adds a call of a function, which receives the output of the step before. `FN_006` where a name cannot be one. */
  step(functionName: string, options?: StepOptions): PipelineBuilder
  /** Adds several ways that are gone at once; the output has that of each way under its name. */
  parallel(branches: Readonly<Record<string, WriteSteps>>, options?: CommonOptions): PipelineBuilder
  /** Adds the same steps for every item of a list; the output is the list of theirs. */
  map(steps: WriteSteps, options?: CommonOptions & Partial<Pick<MapStep, "items" | "concurrency">>): PipelineBuilder
  /** Adds ways of which the first whose condition holds is gone, else `otherwise`. */
  branch(
    cases: readonly { readonly when: Condition; readonly steps: WriteSteps }[],
    options?: CommonOptions & { readonly otherwise?: WriteSteps },
  ): PipelineBuilder
  /** Adds a pause: seconds, a date, or where in the run to find one, such as `$.input.startsAt`. */
  wait(time: number | Date | string, options?: CommonOptions): PipelineBuilder
  /** Adds a wait for an event; the output is the event. */
  waitForEvent(
    type: string,
    options?: CommonOptions & Partial<Pick<EventStep, "match" | "filter" | "timeout">>,
  ): PipelineBuilder
  /** Adds a wait until somebody approves. */
  approval(options?: CommonOptions & Partial<Pick<ApprovalStep, "timeout">>): PipelineBuilder
  /** Adds another pipeline, as it is defined when a run begins. */
  pipeline(pipelineName: string, options?: CommonOptions & Partial<Pick<SubPipelineStep, "input">>): PipelineBuilder
  /** The pipeline as data. */
  toDefinition(): PipelineDefinition
  /** The pipeline as a Mermaid flowchart. */
  toMermaid(): string
}

/**
 * Declares a pipeline: `definePipeline("segmentation").step("clean_data").step("segment_data")`.
 * `FN_006` where the name cannot be one.
 */
export function definePipeline(name: string): PipelineBuilder {
  return build(checkName("pipeline", name), [], [])
}

/** Steps as they are written, before they are checked. */
type Written = Readonly<Record<string, unknown>>

const written = new WeakMap<PipelineBuilder, { readonly steps: readonly Written[]; readonly hasTriggers: boolean }>()

function build(name: string, steps: readonly Written[], triggers: readonly BusTrigger[]): PipelineBuilder {
  const define = (all: readonly Written[], by: readonly BusTrigger[]) =>
    parsePipelineDefinition({ name, steps: all, ...(by.length > 0 && { triggers: by }) })
  /** Checked at once, so that the error's stack shows who wrote the step. */
  const add = (step: Written): PipelineBuilder => {
    const all = [...steps, step]
    if (all.length <= checkedUpTo) parseSteps({ name, steps: all })
    return build(name, all, triggers)
  }
  const within = (write: WriteSteps): readonly Written[] => {
    const inner = written.get(write(build(name, [], [])))
    if (inner?.hasTriggers)
      throw new TypeError(`Cannot add a trigger within a step: pipeline "${name}" itself has triggers.`)
    return inner?.steps ?? []
  }
  const common = ({ catch: caught, ...options }: CommonOptions = {}): Written => ({
    ...options,
    ...(caught && { catch: within(caught) }),
  })
  const builder: PipelineBuilder = {
    name,
    on(trigger) {
      const all = [...triggers, trigger]
      define([anyStep], all)
      return build(name, steps, all)
    },
    step: (functionName, options) => add({ kind: "function", function: functionName, ...common(options) }),
    parallel: (branches, options) =>
      add({
        kind: "parallel",
        ...common(options),
        branches: Object.fromEntries(Object.entries(branches).map(([key, write]) => [key, within(write)])),
      }),
    map: (write, options) => add({ kind: "map", ...common(options), steps: within(write) }),
    branch: (cases, { otherwise, ...options } = {}) =>
      add({
        kind: "branch",
        ...common(options),
        cases: cases.map(({ when, steps: write }) => ({ when, steps: within(write) })),
        ...(otherwise && { otherwise: within(otherwise) }),
      }),
    wait: (time, options) => add({ kind: "wait", ...common(options), ...toWait(time) }),
    waitForEvent: (type, options) => add({ kind: "event", type, ...common(options) }),
    approval: (options) => add({ kind: "approval", ...common(options) }),
    pipeline: (pipelineName, options) => add({ kind: "pipeline", pipeline: pipelineName, ...common(options) }),
    toDefinition: () => define(steps, triggers),
    toMermaid: () => toMermaid(name, builder.toDefinition().steps),
  }
  written.set(builder, { steps, hasTriggers: triggers.length > 0 })
  return builder
}

/** Triggers may be written before the first step, and a pipeline without one is none. */
const anyStep: Written = { kind: "wait", seconds: 1 }

/** Checking all at each step would take a time that grows with the square of their number. */
const checkedUpTo = 50

function toWait(time: number | Date | string): Pick<WaitStep, "seconds" | "until"> {
  if (typeof time === "number") return { seconds: time }
  // What is none is refused with its path, as all that a step has.
  const isDate = time instanceof Date && !Number.isNaN(time.getTime())
  return { until: isDate ? time.toISOString() : (time as string) }
}
