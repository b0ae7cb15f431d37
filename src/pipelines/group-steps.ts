import type { BranchStep, MapStep, ParallelStep, SubPipelineStep } from "../model/pipeline.ts"
import { holds, inputOf, lookUp, type Scope } from "./scope.ts"
import { ownError, type StepContext, type StepOutcome } from "./step-execution.ts"
import { fromValue, join } from "./step-value.ts"
import { runTogether } from "./ways.ts"

/** Items that one map may have. */
const maxItems = 100_000

/** Several ways at once. */
export async function runParallelStep(
  step: ParallelStep,
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const names = Object.keys(step.branches)
  const joined = await runTogether(names, names.length, context, path, (index, own, place) =>
    own.runSteps(step.branches[names[index] ?? ""] ?? [], within(scope), own, place),
  )
  if (!("values" in joined)) return joined
  const value = join(joined.values, (values) => Object.fromEntries(names.map((name, index) => [name, values[index]])))
  return { state: "done", value }
}

/** The same steps for each item. */
export async function runMapStep(
  step: MapStep,
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const reference = step.items ?? "$.previous"
  const items = lookUp(reference, scope)
  if (!Array.isArray(items) || items.length > maxItems) {
    const found = Array.isArray(items) ? `has ${items.length} items, more than ${maxItems}` : "is not a list"
    return { state: "failed", error: ownError("FN_004", `Cannot run step "${step.name}": ${reference} ${found}.`) }
  }
  const joined = await runTogether([...items.keys()], step.concurrency ?? 10, context, path, (index, own, place) => {
    const inner = { ...within(scope), previous: fromValue(items[index]), item: items[index], index }
    return own.runSteps(step.steps, inner, own, place)
  })
  if (!("values" in joined)) return joined
  return { state: "done", value: join(joined.values, (values) => values.map((value) => value ?? null)) }
}

/** The first way whose condition holds. */
export async function runBranchStep(
  step: BranchStep,
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const chosen = step.cases.findIndex(({ when }) => holds(when, scope))
  const steps = chosen === -1 ? (step.otherwise ?? []) : (step.cases[chosen]?.steps ?? [])
  return context.runSteps(steps, within(scope), context, `${path}.${chosen === -1 ? "otherwise" : chosen}`)
}

/** Another pipeline's steps, which see nothing of this one but their input. */
export async function runSubPipelineStep(
  step: SubPipelineStep,
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const input = inputOf(step.input, scope)
  return context.runSteps(step.steps ?? [], { input, previous: input, outputs: new Map() }, context, path)
}

function within(scope: Scope): Scope {
  return { input: scope.input, previous: scope.previous, outputs: new Map(), outer: scope }
}
