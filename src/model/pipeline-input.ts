import type {
  ApprovalStep,
  BranchStep,
  Condition,
  EventStep,
  FunctionStep,
  MapStep,
  ParallelStep,
  PipelineDefinition,
  PipelineStep,
  SubPipelineStep,
  WaitStep,
} from "./pipeline.ts"

type Steps = readonly PipelineStepInput[]

/** A step whose name may be left out, without those of its parts that hold steps themselves, or are filled in. */
type Written<Step extends PipelineStep, Parts extends string = never> = Omit<Step, "name" | "catch" | Parts> & {
  readonly name?: string
  readonly catch?: Steps
}

/** A step as `define` takes it: what may be left out is the name, and the kind of a call of a function. */
export type PipelineStepInput =
  | (Written<FunctionStep, "kind" | "chain" | "compensateChain"> & { readonly kind?: "function" })
  | (Written<ParallelStep, "branches"> & { readonly branches: Readonly<Record<string, Steps>> })
  | (Written<MapStep, "steps"> & { readonly steps: Steps })
  | (Written<BranchStep, "cases" | "otherwise"> & {
      readonly cases: readonly { readonly when: Condition; readonly steps: Steps }[]
      readonly otherwise?: Steps
    })
  | Written<WaitStep>
  | Written<EventStep>
  | Written<ApprovalStep>
  | Written<SubPipelineStep, "steps">

/** A pipeline as `define` takes it. */
export interface PipelineInput extends Omit<PipelineDefinition, "steps"> {
  readonly steps: Steps
}
