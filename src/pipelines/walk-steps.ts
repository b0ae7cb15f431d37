import type { PipelineStep } from "../model/pipeline.ts"

/** A list of steps within a step, and its path from there. */
export interface InnerSteps {
  readonly path: string
  readonly steps: readonly PipelineStep[]
}

/** The lists of steps that a step holds. */
export function innerSteps(step: PipelineStep): readonly InnerSteps[] {
  return step.catch ? [...ownSteps(step), { path: "catch", steps: step.catch }] : ownSteps(step)
}

function ownSteps(step: PipelineStep): readonly InnerSteps[] {
  switch (step.kind) {
    case "parallel":
      return Object.entries(step.branches).map(([name, steps]) => ({ path: `branches.${name}`, steps }))
    case "map":
      return [{ path: "steps", steps: step.steps }]
    case "branch":
      return [
        ...step.cases.map(({ steps }, index) => ({ path: `cases.${index}.steps`, steps })),
        ...(step.otherwise ? [{ path: "otherwise", steps: step.otherwise }] : []),
      ]
    case "pipeline":
      return step.steps ? [{ path: "steps", steps: step.steps }] : []
    default:
      return []
  }
}

/** Every step with its path in the definition, such as `steps.1.branches.left.0`; outer ones first. */
export function* walkSteps(
  steps: readonly PipelineStep[],
  path = "steps",
): Generator<{ readonly step: PipelineStep; readonly path: string }> {
  for (const [index, step] of steps.entries()) {
    const place = `${path}.${index}`
    yield { step, path: place }
    for (const inner of innerSteps(step)) yield* walkSteps(inner.steps, `${place}.${inner.path}`)
  }
}

/** The same step with other steps in it. */
export function mapInnerSteps(step: PipelineStep, change: (step: PipelineStep) => PipelineStep): PipelineStep {
  const inner = mapOwnSteps(step, change)
  return inner.catch ? { ...inner, catch: inner.catch.map(change) } : inner
}

function mapOwnSteps(step: PipelineStep, change: (step: PipelineStep) => PipelineStep): PipelineStep {
  const all = (steps: readonly PipelineStep[]) => steps.map(change)
  switch (step.kind) {
    case "parallel": {
      const branches = Object.entries(step.branches).map(([name, steps]) => [name, all(steps)] as const)
      return { ...step, branches: Object.fromEntries(branches) }
    }
    case "map":
      return { ...step, steps: all(step.steps) }
    case "branch": {
      const cases = step.cases.map(({ when, steps }) => ({ when, steps: all(steps) }))
      return { ...step, cases, ...(step.otherwise && { otherwise: all(step.otherwise) }) }
    }
    default:
      return step
  }
}
