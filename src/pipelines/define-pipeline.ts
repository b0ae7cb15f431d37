import { checkName } from "../model/name.ts"
import type { PipelineDefinition, PipelineStep } from "../model/pipeline.ts"
import { appendStep } from "./append-step.ts"

/** Options of one step. */
export interface StepOptions {
  /**
   * Names the step in records; unique within the pipeline.
   * @default the function's name, with `-2`, `-3` … where it is called again
   */
  readonly name?: string
}

/** A pipeline that is being written down. Each call answers a new builder and leaves this one as it is. */
export interface PipelineBuilder {
  readonly name: string
  /** Adds a call of a function, which receives the output of the step before. `FN_006` where a name cannot be one. */
  step(functionName: string, options?: StepOptions): PipelineBuilder
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

function build(name: string, steps: readonly PipelineStep[]): PipelineBuilder {
  return {
    name,
    step: (functionName, options = {}) => build(name, appendStep(steps, functionName, options.name)),
    toDefinition: () => ({ name, steps }),
  }
}
