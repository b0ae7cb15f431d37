import type { PipelineDefinition } from "../model/pipeline.ts"
import { maxPipelineSteps } from "./step-schema.ts"
import { walkSteps } from "./walk-steps.ts"

/** How deep pipelines may hold one another. */
const maxDepth = 20

/** The pipeline of this name; null where there is none. */
export type FindPipeline = (organisation: string, name: string) => Promise<PipelineDefinition | null>

/** How large a pipeline is with those that it runs, or what is wrong with running it. */
export interface Measure {
  readonly steps: number
  readonly depth: number
  readonly problem?: string
}

/** Makes what measures pipelines, each of them once; `above` are those that hold it. */
export function createMeasure(
  organisation: string,
  find: FindPipeline,
): (name: string, above: readonly string[]) => Promise<Measure> {
  const known = new Map<string, Measure>()

  async function measure(name: string, above: readonly string[]): Promise<Measure> {
    if (above.includes(name)) return wrong(`closes a circle of pipelines: ${[...above, name].join(" → ")}`)
    const before = known.get(name)
    if (before && above.length + before.depth <= maxDepth) return before
    if (above.length >= maxDepth) return wrong(`runs pipelines more than ${maxDepth} deep`)
    const definition = await find(organisation, name)
    if (!definition) return wrong(`runs pipeline "${name}", and there is no such pipeline`)
    let steps = 0
    let depth = 0
    for (const { step } of walkSteps(definition.steps)) {
      steps++
      if (step.kind !== "pipeline") continue
      const inner = await measure(step.pipeline, [...above, name])
      if (inner.problem) return inner
      steps += inner.steps
      depth = Math.max(depth, inner.depth)
    }
    if (steps > maxPipelineSteps) {
      return wrong(`has more than ${maxPipelineSteps} steps, with those of the pipelines that it runs`)
    }
    const measured = { steps, depth: depth + 1 }
    known.set(name, measured)
    return measured
  }
  return measure
}

function wrong(problem: string): Measure {
  return { steps: 0, depth: 0, problem }
}
