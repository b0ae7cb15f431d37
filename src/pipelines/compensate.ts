import type { InvocationError } from "../model/invocation.ts"
import { defaultRetry } from "../model/retry.ts"
import { runFunctionStep } from "./function-step.ts"
import type { StepContext } from "./step-execution.ts"
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
    const outcome = await runFunctionStep(undo, scope, own, `${row.path}.compensate`, "compensation")
    if (outcome.state === "suspended") return outcome.wakeAt
  }
  return undefined
}
