import type { BranchStep, MapStep, ParallelStep, SubPipelineStep } from "../model/pipeline.ts"
import { holds, inputOf, lookUp, type Scope } from "./scope.ts"
import { ownError, type StepContext, type StepOutcome } from "./step-execution.ts"
import { fromValue, nothing, type StepValue } from "./step-value.ts"

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
  const joined = await runTogether(names.length, names.length, context, (index, own) => {
    const name = names[index] ?? ""
    return own.runSteps(step.branches[name] ?? [], within(scope), own, `${path}.${name}`)
  })
  if (!("values" in joined)) return joined
  return {
    state: "done",
    value: fromValue(Object.fromEntries(names.map((name, i) => [name, joined.values[i]?.value]))),
  }
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
  const joined = await runTogether(items.length, step.concurrency ?? 10, context, (index, own) => {
    const inner = { ...within(scope), previous: fromValue(items[index]), item: items[index], index }
    return own.runSteps(step.steps, inner, own, `${path}.${index}`)
  })
  if (!("values" in joined)) return joined
  return { state: "done", value: fromValue(joined.values.map(({ value }) => value ?? null)) }
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

/** Runs ways side by side, so many at once. The first failure ends the others and is the failure of all. */
async function runTogether(
  count: number,
  concurrency: number,
  context: StepContext,
  run: (index: number, context: StepContext) => Promise<StepOutcome>,
): Promise<Exclude<StepOutcome, { state: "done" }> | { readonly values: readonly StepValue[] }> {
  const controller = new AbortController()
  const { signal: outer } = context
  const signal = outer ? AbortSignal.any([outer, controller.signal]) : controller.signal
  const own = { ...context, signal }
  const values: StepValue[] = Array.from({ length: count }, () => nothing)
  let failure: Extract<StepOutcome, { state: "failed" }> | undefined
  let suspended: Extract<StepOutcome, { state: "suspended" }> | undefined
  let next = 0
  const work = async () => {
    while (next < count && !failure) {
      const index = next++
      const outcome = await run(index, own)
      if (outcome.state === "done") values[index] = outcome.value
      else if (outcome.state === "suspended") suspended = { state: "suspended", wakeAt: sooner(suspended, outcome) }
      else {
        failure ??= outcome
        controller.abort(failure.error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, work))
  return failure ?? suspended ?? { values }
}

type Suspended = { readonly wakeAt: number | null }

function sooner(one: Suspended | undefined, other: Suspended): number | null {
  if (!one || one.wakeAt === null) return other.wakeAt
  return other.wakeAt === null ? one.wakeAt : Math.min(one.wakeAt, other.wakeAt)
}
