import type { ErrorIssue } from "../errors/functions-error.ts"
import type { PipelineStep } from "../model/pipeline.ts"
import { namedStep, referencesOf } from "./references.ts"
import { innerSteps } from "./walk-steps.ts"

/** What the steps of a list can see of what is around them. */
interface Surroundings {
  /** The names of the earlier steps of each list around. */
  readonly visible: readonly ReadonlySet<string>[]
  readonly isInMap: boolean
}

/** What steps refer to without coming after it: such a reference would stand for nothing, always. */
export function* wrongReferences(
  steps: readonly PipelineStep[],
  path = "steps",
  { visible, isInMap }: Surroundings = { visible: [], isInMap: false },
): Generator<ErrorIssue> {
  const own = new Set<string>()
  const seen = [...visible, own]
  for (const [index, step] of steps.entries()) {
    const place = `${path}.${index}`
    for (const [number, name] of (step.after ?? []).entries()) {
      if (!own.has(name)) {
        yield { path: `${place}.after.${number}`, message: `"${name}" is no earlier step of the same list` }
      }
    }
    for (const { path: where, text } of referencesOf(step)) {
      const name = namedStep(text)
      if (name !== undefined && !seen.some((names) => names.has(name))) {
        yield { path: `${place}.${where}`, message: `"${text.slice(0, 80)}" is no step that comes before it` }
      }
      if (!isInMap && /^\$\.(?:item|index)(?:\.|$)/.test(text)) {
        yield { path: `${place}.${where}`, message: `"${text.slice(0, 80)}" is there within a map only` }
      }
    }
    for (const inner of innerSteps(step)) {
      const isItem = step.kind === "map" && inner.path === "steps"
      yield* wrongReferences(inner.steps, `${place}.${inner.path}`, { visible: seen, isInMap: isInMap || isItem })
    }
    own.add(step.name)
  }
}
