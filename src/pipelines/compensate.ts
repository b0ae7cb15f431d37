import type { InvocationError } from "../model/invocation.ts"
import { defaultRetry } from "../model/retry.ts"
import { runFunctionStep } from "./function-step.ts"
import type { StepContext, StepOutcome } from "./step-execution.ts"
import { fromValue, nothing } from "./step-value.ts"

/**
 * Undoes what a failed run has done: the last step first. A compensation that fails for good is written down, and the
 * others still run. Suspended where one of them is to be tried again later.
 */
export async function compensate(context: StepContext, error: InvocationError): Promise<StepOutcome | null> {
  const { code, name, message } = error
  // What ended the run must not end what undoes it.
  const own: StepContext = { ...context, signal: undefined, replays: false, completed: [] }
  const done = [...context.completed].sort((one, other) => other.row.position - one.row.position)
  for (const { step, row, input, output } of done) {
    const given = { input: input.value ?? null, output: output.value ?? null, error: { code, name, message } }
    const undo = { kind: "function", name: step.name, function: step.compensate, retry: defaultRetry } as const
    const scope = { input: nothing, previous: fromValue(given), outputs: new Map() }
    const outcome = await runFunctionStep(undo, scope, own, `${row.path}.compensate`, "compensation")
    if (outcome.state === "suspended") return outcome
  }
  return null
}
