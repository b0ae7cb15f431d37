import type { PipelineStep } from "../model/pipeline.ts"
import { innerSteps } from "./walk-steps.ts"

/** A reference that a step makes, and where it stands in the step, such as `input.order.0`. */
export interface Reference {
  readonly path: string
  readonly text: string
}

/** The references of a step itself, without those of the steps within it. */
export function* referencesOf(step: PipelineStep): Generator<Reference> {
  switch (step.kind) {
    case "function":
    case "pipeline":
      yield* referencesWithin(step.input, "input")
      break
    case "map":
      yield* referencesWithin(step.items, "items")
      break
    case "branch":
      for (const [index, { when }] of step.cases.entries()) yield* referencesWithin(when, `cases.${index}.when`)
      break
    case "wait":
      yield* referencesWithin(step.until, "until")
      break
    case "event":
      yield* referencesWithin(step.match, "match")
      yield* referencesWithin(step.filter, "filter")
      break
    default:
  }
}

/** The texts of a template that stand for values of the run. */
export function* referencesWithin(value: unknown, path = ""): Generator<Reference> {
  if (typeof value === "string") {
    if (value.startsWith("$.")) yield { path, text: value }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) yield* referencesWithin(part, `${path}.${key}`)
  }
}

/** The step that a reference leads to; undefined where it leads to none. */
export function namedStep(reference: string): string | undefined {
  const [, root, name] = reference.split(".", 3)
  return root === "steps" ? name : undefined
}

/** For each step of a list, the places of the earlier ones that it waits for. */
export function dependenciesOf(steps: readonly PipelineStep[]): readonly (readonly number[])[] {
  const known = dependencies.get(steps)
  if (known) return known
  const places = new Map<string, number>()
  const found = steps.map((step, index) => {
    const names = [...(step.after ?? []), ...namesIn(step)]
    const waitsFor = new Set(names.flatMap((name) => places.get(name) ?? []))
    if (step.after === undefined && index > 0) waitsFor.add(index - 1)
    places.set(step.name, index)
    return [...waitsFor]
  })
  dependencies.set(steps, found)
  return found
}

const dependencies = new WeakMap<readonly PipelineStep[], readonly (readonly number[])[]>()

/** The steps that a step or those within it refer to; another pipeline's steps have names of their own. */
function* namesIn(step: PipelineStep): Generator<string> {
  for (const { text } of referencesOf(step)) {
    const name = namedStep(text)
    if (name !== undefined) yield name
  }
  for (const { path, steps } of innerSteps(step)) {
    if (step.kind === "pipeline" && path === "steps") continue
    for (const inner of steps) yield* namesIn(inner)
  }
}
