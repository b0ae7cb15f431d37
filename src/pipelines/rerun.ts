import { FunctionsError } from "../errors/functions-error.ts"
import type { PipelineStep } from "../model/pipeline.ts"
import type { RunRow, StepRow } from "../ports/pipeline-storage.ts"
import type { RunPayload } from "./run-work.ts"
import type { StepValue } from "./step-value.ts"

/**
 * A run of the same steps and versions that begins where one of them stands: what came before is taken over as it was
 * written down. `FN_006` where the pipeline has no such step, or what came before it had not succeeded.
 */
export function beginAgain(
  run: RunRow,
  rows: readonly StepRow[],
  from: string | undefined,
  input: StepValue | undefined,
): RunPayload {
  const { id, pipeline, definition } = run
  if (definition.length === 0) throw invalid(run, "id", "is of a time when runs could not be done again")
  const index = from === undefined ? 0 : definition.findIndex(({ name }) => name === from)
  const step = definition[index]
  if (!step) throw invalid(run, "from", `has no step "${from}" of its own`)
  const taken = rows.filter(({ path }) => Number(path.split(".", 1)[0]) < index)
  const unfinished = definition.slice(0, index).find((_, before) => !isDone(taken, String(before)))
  if (unfinished)
    throw invalid(
      run,
      "from",
      `had not come to step "${from}": step "${unfinished.name}" did not succeed, or was undone`,
    )
  const common = { pipeline, originId: id, steps: taken }
  if (input === undefined || index === 0) {
    return { ...common, definition, input: input && index === 0 ? input.text : run.input }
  }
  // It stands where a template does, in which such a text would be filled in.
  if (input.text.includes('"$.')) throw invalid(run, "input", 'cannot be given a text that begins with "$."')
  const changed = withInput(step, input.value)
  if (!changed) throw invalid(run, "input", `has a step "${from}" that takes no input`)
  return { ...common, definition: definition.with(index, changed), input: run.input }
}

function isDone(rows: readonly StepRow[], index: string): boolean {
  const own = rows.filter(({ path }) => path === index || path.startsWith(`${index}.`))
  if (own.some(({ kind }) => kind === "compensation")) return false
  return own.every(({ status }) => status === "succeeded") || own.some(({ path }) => path.includes(".catch"))
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
