import type { InvocationError } from "../model/invocation.ts"
import type { FunctionStep } from "../model/pipeline.ts"
import { defaultRetry } from "../model/retry.ts"
import type { StepRow } from "../ports/pipeline-storage.ts"
import { runFunctionStep } from "./function-step.ts"
import { newRow, type StepContext } from "./step-execution.ts"
import { fromValue, nothing } from "./step-value.ts"

/**
 * Undoes what a failed run has done: the last step first. A compensation that fails for good is written down, and the
 * others still run. Answers when one of them is to be tried again; undefined where all have ended.
 */
export async function compensate(context: StepContext, error: InvocationError): Promise<number | null | undefined> {
  const { code, name, message } = error
  // What ended the run must not end what undoes it.
  const own: StepContext = { ...context, signal: undefined, replays: false, completed: [] }
  const done = [...context.completed].sort((one, other) => other.row.position - one.row.position)
  for (const { step, row, input, output } of done) {
    const given = { input: input.value ?? null, output: output.value ?? null, error: { code, name, message } }
    const { name: stepName, compensate: reference, compensateChain: chain } = step
    const called = { kind: "function", name: stepName, function: reference, retry: defaultRetry } as const
    const undo = chain === undefined ? called : { ...called, chain }
    const scope = { input: nothing, previous: fromValue(given), outputs: new Map() }
    const path = `${row.path}.compensate`
    // It may take effect and never be told of, as where the run is cancelled meanwhile: nobody is to build on the step then.
    if (!own.journal.recall(path)) await own.journal.write(toBegun(undo, path, own.now()))
    const outcome = await runFunctionStep(undo, scope, own, path, "compensation")
    if (outcome.state === "suspended") return outcome.wakeAt
  }
  return undefined
}

/** A compensation that has begun, as long as nothing is known of its first try. */
function toBegun(undo: FunctionStep, path: string, at: number): Omit<StepRow, "position"> {
  const begun = { function: undo.function, status: "waiting", startedAt: at, wakeAt: at } as const
  return { ...newRow(undo, path, begun), kind: "compensation" }
}
