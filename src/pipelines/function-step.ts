import { FunctionsError } from "../errors/functions-error.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { FunctionStep, StepRecord } from "../model/pipeline.ts"
import type { StepCall, StepContext, StepOutcome } from "./step-execution.ts"
import { fromOutput, type StepValue } from "./step-value.ts"

/** Calls the step's function once. */
export async function runFunctionStep(
  step: FunctionStep,
  input: StepValue,
  context: StepContext,
): Promise<StepOutcome> {
  const { organisation, traceId, signal, invoke, now } = context
  const startedAt = now()
  let call: StepCall
  try {
    const options = signal ? { signal, traceId } : { traceId }
    call = await invoke(organisation, step.function, { type: "json", text: input.text }, options)
  } catch (error) {
    if (!(error instanceof FunctionsError)) throw error
    return notRun(step, error, startedAt, now())
  }
  const { invocation } = call
  const record = {
    name: step.name,
    function: step.function,
    version: invocation.version,
    status: invocation.status,
    invocationId: invocation.id,
    startedAt: invocation.startedAt,
    endedAt: invocation.endedAt,
    durationMs: invocation.durationMs,
  }
  if (invocation.error) {
    return { ok: false, error: invocation.error, records: [{ ...record, error: invocation.error }] }
  }
  const value = await fromOutput(call.output)
  return { ok: true, value, records: [value.value === undefined ? record : { ...record, output: value.value }] }
}

/** The record of a step whose turn did not come. */
export function skippedFunctionStep(step: FunctionStep): StepRecord {
  const never = { version: null, invocationId: null, startedAt: null, endedAt: null, durationMs: null }
  return { name: step.name, function: step.function, status: "skipped", ...never }
}

function notRun(step: FunctionStep, failure: FunctionsError, startedAt: number, endedAt: number): StepOutcome {
  const error: InvocationError = {
    code: failure.code,
    name: failure.guest?.name ?? failure.name,
    message: failure.guest?.message ?? failure.message,
    // The failure's own stack is the host's.
    stack: failure.guest?.stack ?? "",
    ...(failure.guest?.frame !== undefined && { frame: failure.guest.frame }),
  }
  const record: StepRecord = {
    name: step.name,
    function: step.function,
    version: null,
    status: "failed",
    invocationId: failure.invocationId ?? null,
    error,
    startedAt,
    endedAt,
    durationMs: endedAt - startedAt,
  }
  return { ok: false, error, records: [record] }
}
