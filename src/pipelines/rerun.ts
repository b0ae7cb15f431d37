import { FunctionsError } from "../errors/functions-error.ts"
import type { PipelineStep } from "../model/pipeline.ts"
import type { RunRow, StepRow } from "../ports/pipeline-storage.ts"
import { dependenciesOf, referencesWithin } from "./references.ts"
import type { RunPayload } from "./run-payload.ts"
import type { StepValue } from "./step-value.ts"

/**
 * A run of the same steps and versions that begins where one of them stands: what it waits for is taken over as it was
 * written down, and what waits for it is done again. `FN_006` where the pipeline has no such step, or where what came
 * before it had not succeeded or was undone. `undone` are invocations that another run which took them over has undone.
 */
export function beginAgain(
  run: RunRow,
  rows: readonly StepRow[],
  from: string | undefined,
  input: StepValue | undefined,
  undone: ReadonlySet<string>,
): RunPayload {
  const { id, pipeline, definition } = run
  if (definition.length === 0) throw invalid(run, "id", "is of a time when runs could not be done again")
  const index = from === undefined ? 0 : definition.findIndex(({ name }) => name === from)
  const step = definition[index]
  if (!step) throw invalid(run, "from", `has no step "${from}" of its own`)
  const isDone = createIsDone(run, rows, undone)
  const again = from === undefined ? new Set(definition.keys()) : placesAfter(definition, index)
  for (const before of placesBefore(definition, index)) {
    if (isDone(before)) continue
    const { name } = definition[before] ?? step
    throw invalid(run, "from", `had not come to step "${from}": step "${name}" did not succeed, or was undone`)
  }
  const taken = rows.filter(({ path }) => !again.has(topOf(path)) && isDone(topOf(path)))
  const common = { pipeline, originId: id, steps: taken }
  if (input === undefined || from === undefined || index === 0) {
    return { ...common, definition, input: input && index === 0 ? input.text : run.input }
  }
  // It stands where a template does, in which such a text would be filled in.
  if (!referencesWithin(input.value).next().done)
    throw invalid(run, "input", 'cannot be given a text that begins with "$."')
  const changed = withInput(step, input.value)
  if (!changed) throw invalid(run, "input", `has a step "${from}" that takes no input`)
  return { ...common, definition: definition.with(index, changed), input: run.input }
}

/** A step and those that wait for it, directly or not. */
function placesAfter(definition: readonly PipelineStep[], first: number): ReadonlySet<number> {
  const places = new Set([first])
  for (const [index, needs] of dependenciesOf(definition).entries()) {
    if (needs.some((need) => places.has(need))) places.add(index)
  }
  return places
}

/** The steps that a step waits for, directly or not. */
function placesBefore(definition: readonly PipelineStep[], last: number): ReadonlySet<number> {
  const needs = dependenciesOf(definition)
  const places = new Set(needs[last])
  for (let index = last; index >= 0; index--)
    if (places.has(index)) for (const need of needs[index] ?? []) places.add(need)
  return places
}

/** Tells which of a run's own steps have done their part, and were not undone. */
function createIsDone(
  { status, definition }: RunRow,
  rows: readonly StepRow[],
  undoneInvocations: ReadonlySet<string>,
): (index: number) => boolean {
  const wasUndone = ({ kind, invocationId }: StepRow) =>
    kind === "compensation" || (invocationId !== null && undoneInvocations.has(invocationId))
  const undone = new Set(rows.filter(wasUndone).map(({ path }) => topOf(path)))
  // A step that has begun tells that those which it waits for are done.
  const begun = new Set(rows.map(({ path }) => topOf(path)))
  const isFollowed = new Set(dependenciesOf(definition).flatMap((needs, index) => (begun.has(index) ? needs : [])))
  const succeeded = new Set(rows.flatMap((row) => (row.status === "succeeded" ? [row.path] : [])))
  const areWhole = (steps: readonly PipelineStep[], path: string): boolean =>
    steps.every((step, index) => isWhole(step, `${path}.${index}`))
  /** As far as what is written down tells; of a list's items it does not tell how many there were. */
  const isWhole = (step: PipelineStep, path: string): boolean => {
    if (succeeded.has(path) || (step.catch && areWhole(step.catch, `${path}.catch`))) return true
    if (step.kind === "parallel") {
      return Object.entries(step.branches).every(([name, steps]) => areWhole(steps, `${path}.${name}`))
    }
    if (step.kind === "branch") {
      const ways = [...step.cases.map(({ steps }) => steps).entries(), ["otherwise", step.otherwise ?? []] as const]
      return ways.some(([way, steps]) => steps.length > 0 && areWhole(steps, `${path}.${way}`))
    }
    return step.kind === "pipeline" && areWhole(step.steps ?? [], path)
  }
  return (index) => {
    const step = definition[index]
    if (!step || undone.has(index)) return false
    return status === "succeeded" || isFollowed.has(index) || isWhole(step, String(index))
  }
}

function topOf(path: string): number {
  return Number(path.split(".", 1)[0])
}

/** The step on another input; undefined where it takes none. */
function withInput(step: PipelineStep, value: unknown): PipelineStep | undefined {
  return step.kind === "function" || step.kind === "pipeline" ? { ...step, input: value ?? null } : undefined
}

function invalid({ id, pipeline }: RunRow, path: string, problem: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot run "${pipeline}" again: run "${id}" ${problem}.`, {
    issues: [{ path, message: problem }],
  })
}
