import PQueue from "p-queue"
import type { PipelineStep } from "../model/pipeline.ts"
import { dependenciesOf } from "./references.ts"
import { runStep } from "./run-step.ts"
import type { Scope } from "./scope.ts"
import type { StepContext, StepOutcome } from "./step-execution.ts"
import { join, nothing, type StepValue } from "./step-value.ts"
import { createWays } from "./ways.ts"

/** Steps of one list that are under way at once. */
const maxAtOnce = 100

/** Runs steps, each as soon as those that it waits for have ended; the first failure ends it. */
export function runSteps(
  steps: readonly PipelineStep[],
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const place = (index: number) => (path === "" ? String(index) : `${path}.${index}`)
  return steps.some(({ after }) => after !== undefined)
    ? runInOrderOfNeeds(steps, scope, context, place)
    : runOneByOne(steps, scope, context, place)
}

type PlaceOf = (index: number) => string

async function runOneByOne(
  steps: readonly PipelineStep[],
  scope: Scope,
  context: StepContext,
  place: PlaceOf,
): Promise<StepOutcome> {
  const outputs = new Map<string, StepValue>()
  let previous = scope.previous
  for (const [index, step] of steps.entries()) {
    const inner = { ...scope, previous, outputs }
    const outcome = await runStep(step, () => inner, context, place(index))
    if (outcome.state !== "done") return outcome
    previous = outcome.value
    outputs.set(step.name, previous)
  }
  return { state: "done", value: previous }
}

async function runInOrderOfNeeds(
  steps: readonly PipelineStep[],
  scope: Scope,
  context: StepContext,
  place: PlaceOf,
): Promise<StepOutcome> {
  const needs = dependenciesOf(steps)
  const ways = createWays(context)
  const places = new PQueue({ concurrency: maxAtOnce })
  const outputs = new Map<string, StepValue>()
  const ended: Promise<StepValue | undefined>[] = []
  const run = async (step: PipelineStep, index: number): Promise<StepValue | undefined> => {
    const needed = await Promise.all((needs[index] ?? []).map((need) => ended[need]))
    if (needed.includes(undefined)) return undefined
    const before = step.after ?? (index === 0 ? [] : [steps[index - 1]?.name ?? ""])
    const inner = () => ({ ...scope, previous: joined(before, outputs) ?? scope.previous, outputs })
    const value = await places.add(() => ways.go(() => runStep(step, inner, ways.context, place(index))))
    if (value) outputs.set(step.name, value)
    return value
  }
  for (const [index, step] of steps.entries()) ended.push(run(step, index))
  const values = await Promise.all(ended)
  return ways.stopped() ?? { state: "done", value: values.at(-1) ?? scope.previous }
}

/** The output of the one step, or those of several by their names; undefined where there is none. */
function joined(names: readonly string[], outputs: ReadonlyMap<string, StepValue>): StepValue | undefined {
  const [name = ""] = names
  if (names.length < 2) return outputs.get(name)
  return join(
    names.map((one) => outputs.get(one) ?? nothing),
    (values) => Object.fromEntries(names.map((one, index) => [one, values[index]])),
  )
}
