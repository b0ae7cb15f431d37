import { createHash } from "node:crypto"
import stringify from "fast-json-stable-stringify"
import { FunctionsError } from "../errors/functions-error.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { BoundFunction, FunctionStep } from "../model/pipeline.ts"
import { backoffMs, defaultRetry, isTransient } from "../model/retry.ts"
import { toStepSpanId } from "../model/span-id.ts"
import type { StepRow } from "../ports/pipeline-storage.ts"
import { abortAfter } from "../util/abort-after.ts"
import { resolveOrNull } from "./resolve-function.ts"
import { inputOf, type Scope } from "./scope.ts"
import { newRow, notDone, type StepCall, type StepContext, type StepOutcome } from "./step-execution.ts"
import { fromOutput, fromText, type StepValue, toText, write } from "./step-value.ts"

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
  if (context.replays && known?.status !== "succeeded" && known?.status !== "failed") return notDone
  if (known?.status === "waiting" && (known.wakeAt ?? 0) > now()) return { state: "suspended", wakeAt: known.wakeAt }
  const input = inputOf(step.input, scope)
  const row = known && known.status !== "waiting" ? known : await tryOnce(step, input, context, { path, kind, known })
  if (row.status === "waiting") return { state: "suspended", wakeAt: row.wakeAt }
  if (row.status === "failed") return { state: "failed", error: row.error ?? unknownError }
  const output = fromText(row.output)
  // What an earlier run did is not this one's to undo.
  if (canUndo(step) && !row.cached) context.completed.push({ step, row, input, output })
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
  const bound = step.cache === undefined ? null : await resolveLinks(step, context)
  const cacheKey = bound && toCacheKey(bound, input)
  if (cacheKey) {
    const cached = await cache.findCached(organisation, cacheKey, startedAt)
    const version = bound.at(-1)?.version ?? null
    if (cached) return journal.write({ ...base, version, output: cached.output, cached: true, endedAt: now() })
  }
  const attempts = (known?.attempts ?? 0) + 1
  const given = known === undefined || known.link === 0 ? input : fromText(known.output)
  const { call, error, busyMs, reached } = await callFunction(
    step,
    path,
    { link: known?.link ?? 0, text: given.text },
    context,
  )
  // Whatever became of it then, this worker has nothing to say of it any more.
  context.workSignal.throwIfAborted()
  if (busyMs !== undefined) {
    return journal.write({
      ...base,
      status: "waiting",
      attempts: attempts - 1,
      wakeAt: startedAt + busyMs,
      endedAt: null,
      ...goesOnAt(reached),
    })
  }
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
        : { ...ended, status: "waiting", error, wakeAt, endedAt: null, ...goesOnAt(reached) },
    )
  }
  const output = toText(await fromOutput(call?.output))
  const written = await journal.write({ ...ended, output })
  if (cacheKey) await cache.keepCached(organisation, cacheKey, output, now() + (step.cache ?? 0) * 1000)
  return written
}

/** A function of a step's chain, from 0 for the step's own, with what it is given. */
interface LinkInput {
  readonly link: number
  readonly text: string
}

/** What the row of a step that waits says of where its chain goes on: what had been done is not done again. */
function goesOnAt({ link, text }: LinkInput): Partial<StepRow> {
  return link === 0 ? {} : { link, output: text }
}

/** What became of a try; `reached` is the last function that was called, or was to be. */
interface Tried {
  readonly call?: StepCall
  readonly error?: InvocationError
  readonly busyMs?: number
  readonly reached: LinkInput
}

async function callFunction(step: FunctionStep, path: string, from: LinkInput, context: StepContext): Promise<Tried> {
  const { organisation, runId, traceId, depth, signal, workSignal, invoke } = context
  const parentSpanId = toStepSpanId(runId, path)
  context.tell("step.started", { organisation, runId, traceId, path, name: step.name, startedAt: context.now() })
  let reached = from
  const [first = step.function, ...rest] = linksOf(step).slice(from.link)
  const signals = [workSignal]
  if (signal) signals.push(signal)
  const limit = step.timeout === undefined ? undefined : abortAfter(step.timeout * 1000, context)
  if (limit) signals.push(limit.signal)
  try {
    // A joined signal stays with the run's own until the run ends, and a run may have thousands of steps.
    const options = {
      traceId,
      parentSpanId,
      depth,
      signal: signals.length === 1 ? workSignal : AbortSignal.any(signals),
      ...(step.chain && {
        chain: rest,
        onLink: (text: string) => {
          reached = { link: reached.link + 1, text }
        },
      }),
    }
    const call = await invoke(organisation, first, { type: "json", text: from.text }, options)
    return { call, reached, ...(call.invocation.error && { error: call.invocation.error }) }
  } catch (failure) {
    if (!(failure instanceof FunctionsError)) throw failure
    const { code, guest, retryAfterSeconds = 1 } = failure
    // A service that is busy has not tried: that must not use up the tries.
    if ((code === "FN_007" || code === "FN_008") && !signal?.aborted)
      return { reached, busyMs: retryAfterSeconds * 1000 }
    // The failure's own stack is the host's.
    return {
      reached,
      error: {
        code,
        name: guest?.name ?? failure.name,
        message: guest?.message ?? failure.message,
        stack: guest?.stack ?? "",
        ...(guest?.frame !== undefined && { frame: guest.frame }),
      },
    }
  } finally {
    limit?.stop()
  }
}

/** When to try again; null where not. */
function nextTry(step: FunctionStep, error: InvocationError, attempts: number, context: StepContext): number | null {
  const policy = { ...defaultRetry, attempts: 1, ...step.retry }
  if (attempts >= policy.attempts || !isTransient(error) || context.signal?.aborted) return null
  return context.now() + backoffMs(policy, attempts, context.random())
}

/** The functions that a step calls, one on the output of the other. */
function linksOf({ function: own, chain = [] }: FunctionStep): readonly string[] {
  return [own, ...chain]
}

/** Null where one of them is gone. */
async function resolveLinks(
  step: FunctionStep,
  { organisation, resolve }: StepContext,
): Promise<readonly BoundFunction[] | null> {
  const links: BoundFunction[] = []
  for (const reference of linksOf(step)) {
    const found = await resolveOrNull(resolve, organisation, reference)
    if (!found) return null
    links.push(found)
  }
  return links
}

/** The same code in the same environment with the same input, whatever run it is. */
function toCacheKey(links: readonly BoundFunction[], { value, text }: StepValue): string {
  const input = value === undefined ? text : write(value, stringify)
  const functions = links.flatMap(({ functionId, contentHash, environmentHash }) => [
    functionId,
    contentHash,
    environmentHash,
  ])
  return createHash("sha256")
    .update([...functions, input].join("\n"))
    .digest("hex")
}

const unknownError: InvocationError = { code: "FN_004", name: "Error", message: "The step failed.", stack: "" }
