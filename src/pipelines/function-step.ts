import { createHash } from "node:crypto"
import { FunctionsError } from "../errors/functions-error.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { FunctionStep } from "../model/pipeline.ts"
import { backoffMs, defaultRetry, isTransient } from "../model/retry.ts"
import type { StepRow } from "../ports/pipeline-storage.ts"
import { inputOf, type Scope } from "./scope.ts"
import { newRow, notDone, type StepCall, type StepContext, type StepOutcome } from "./step-execution.ts"
import { fromOutput, fromText, type StepValue, toText } from "./step-value.ts"

/** Calls the step's function, as often as its policy allows. */
export async function runFunctionStep(
  step: FunctionStep,
  scope: Scope,
  context: StepContext,
  path: string,
  kind: StepRow["kind"] = "function",
): Promise<StepOutcome> {
  const { journal, now } = context
  const known = journal.recall(path)
  if (known?.status === "waiting" && (known.wakeAt ?? 0) > now()) return { state: "suspended", wakeAt: known.wakeAt }
  if (context.replays && known?.status !== "succeeded" && known?.status !== "failed") return notDone
  const input = inputOf(step.input, scope)
  const row = known && known.status !== "waiting" ? known : await tryOnce(step, input, context, { path, kind, known })
  if (row.status === "waiting") return { state: "suspended", wakeAt: row.wakeAt }
  if (row.status === "failed") return { state: "failed", error: row.error ?? unknownError }
  const output = fromText(row.output)
  if (canUndo(step)) context.completed.push({ step, row, input, output })
  return { state: "done", value: output }
}

function canUndo(step: FunctionStep): step is FunctionStep & { readonly compensate: string } {
  return step.compensate !== undefined
}

interface Place {
  readonly path: string
  readonly kind: StepRow["kind"]
  readonly known: StepRow | undefined
}

/** One try, written down. */
async function tryOnce(
  step: FunctionStep,
  input: StepValue,
  context: StepContext,
  { path, kind, known }: Place,
): Promise<StepRow> {
  const { organisation, journal, cache, now } = context
  const startedAt = now()
  const base = { ...newRow(step, path, { function: step.function }), kind, startedAt: known?.startedAt ?? startedAt }
  const cacheKey = step.cache === undefined ? undefined : toCacheKey(step, input)
  if (cacheKey !== undefined) {
    const cached = await cache.findCached(organisation, cacheKey, startedAt)
    if (cached) return journal.write({ ...base, output: cached.output, cached: true, endedAt: now() })
  }
  const attempts = (known?.attempts ?? 0) + 1
  const { call, error } = await callFunction(step, input, context)
  // Whatever became of it then, this worker has nothing to say of it any more.
  context.workSignal.throwIfAborted()
  const { invocation } = call ?? {}
  const ended = {
    ...base,
    attempts,
    version: invocation?.version ?? null,
    invocationId: invocation?.id ?? null,
    endedAt: invocation?.endedAt ?? now(),
    ...(attempts === 1 && invocation && { startedAt: invocation.startedAt }),
  }
  if (error) {
    const wakeAt = nextTry(step, error, attempts, context)
    return journal.write(
      wakeAt === null
        ? { ...ended, status: "failed", error }
        : { ...ended, status: "waiting", error, wakeAt, endedAt: null },
    )
  }
  const output = toText(await fromOutput(call?.output))
  const written = await journal.write({ ...ended, output })
  if (cacheKey !== undefined) await cache.keepCached(organisation, cacheKey, output, now() + (step.cache ?? 0) * 1000)
  return written
}

async function callFunction(
  step: FunctionStep,
  input: StepValue,
  { organisation, traceId, signal, workSignal, invoke }: StepContext,
): Promise<{ readonly call?: StepCall; readonly error?: InvocationError }> {
  const signals = [workSignal]
  if (signal) signals.push(signal)
  if (step.timeout !== undefined) signals.push(AbortSignal.timeout(step.timeout * 1000))
  try {
    const options = { traceId, signal: AbortSignal.any(signals) }
    const call = await invoke(organisation, step.function, { type: "json", text: input.text }, options)
    return { call, ...(call.invocation.error && { error: call.invocation.error }) }
  } catch (failure) {
    if (!(failure instanceof FunctionsError)) throw failure
    const { code, guest } = failure
    // The failure's own stack is the host's.
    return {
      error: {
        code,
        name: guest?.name ?? failure.name,
        message: guest?.message ?? failure.message,
        stack: guest?.stack ?? "",
        ...(guest?.frame !== undefined && { frame: guest.frame }),
      },
    }
  }
}

/** When to try again; null where not. */
function nextTry(step: FunctionStep, error: InvocationError, attempts: number, context: StepContext): number | null {
  const policy = { ...defaultRetry, attempts: 1, ...step.retry }
  if (attempts >= policy.attempts || !isTransient(error) || context.signal?.aborted) return null
  return context.now() + backoffMs(policy, attempts, context.random())
}

/** The same version with the same input, whatever run it is. */
function toCacheKey(step: FunctionStep, input: StepValue): string {
  return createHash("sha256").update(`${step.function}\n${input.text}`).digest("hex")
}

const unknownError: InvocationError = { code: "FN_004", name: "Error", message: "The step failed.", stack: "" }
