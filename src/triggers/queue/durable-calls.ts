import { FunctionsError } from "../../errors/functions-error.ts"
import type { Gathering } from "../../model/flow.ts"
import { toIdempotency } from "../../model/idempotency.ts"
import type { Invocation, InvocationError } from "../../model/invocation.ts"
import { type Attempt, type Job, type Lease, longestMs, type NewJob } from "../../model/job.ts"
import type { QueueControl } from "../../model/queue-control.ts"
import { backoffMs, defaultRetry, isTransient, judgeStatus, type Retry, readRetryAfter } from "../../model/retry.ts"
import { checkTrace, type TraceContext } from "../../model/trace-context.ts"
import type { DoJob, Queue, Verdict } from "../../ports/queue.ts"
import type { RuntimeInput, RuntimeOutput } from "../../ports/runtime.ts"
import { decodeOutput } from "../../util/decode-output.ts"
import { toSpanId } from "../../util/id.ts"
import { readPayload, toBatchInput, toPayload } from "./payload.ts"
import { putOrFind } from "./put-or-find.ts"
import { toFlow } from "./to-flow.ts"

/** Options of one call that is to run later. */
export interface EnqueueOptions extends Pick<TraceContext, "traceId" | "parentSpanId"> {
  /** How long to wait, in milliseconds. @default 0 */
  readonly delayMs?: number
  /** Not before: epoch milliseconds, or a date. Instead of `delayMs`. */
  readonly runAt?: number | Date
  /** Among the calls of this organisation, higher comes first: -100 to 100. @default 0 */
  readonly priority?: number
  /** Fails with `FN_002` where it has not begun by then: epoch milliseconds, or a date. */
  readonly deadline?: number | Date
  /** A further call with this key is the same one: it gets this one's result. `FN_006` where its input is another. */
  readonly idempotencyKey?: string
  /** For how long the key counts, in milliseconds. @default 86400000 */
  readonly idempotencyTtlMs?: number
  /** The call comes from outside of the host: internal functions refuse it with `FN_009`. @default false */
  readonly external?: boolean
  /** The host's own transaction: the call is accepted where it commits, and never was where it rolls back. */
  readonly transaction?: unknown
}

/** What durable calls must know of a function. */
export interface CalledFunction {
  readonly name: string
  readonly retry: Retry | undefined
  readonly queue: QueueControl | undefined
}

/** What durable calls need from the rest of the service. */
export interface DurableCallsOptions {
  readonly queue: Queue
  /** `FN_001` where the function does not exist, `FN_009` where it is internal and the call is not. */
  readonly resolve: (organisation: string, name: string, external: boolean) => Promise<CalledFunction>
  readonly invoke: (
    organisation: string,
    name: string,
    input: RuntimeInput,
    options: {
      readonly signal: AbortSignal
      readonly traceId: string
      readonly parentSpanId: string
      readonly depth: number
    },
  ) => Promise<{ readonly invocation: Omit<Invocation, "output">; readonly output?: RuntimeOutput }>
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly newTraceId: () => string
  /** From 0 to 1. */
  readonly random: () => number
}

/** Calls that are accepted now and run later. */
export interface DurableCalls {
  /** The job of a call, for whoever puts it together with something else. */
  prepare(
    organisation: string,
    name: string,
    inputText: string,
    options?: EnqueueOptions,
    gathering?: Gathering,
  ): Promise<NewJob>
  /** Resolves once the call is durable. */
  enqueue(organisation: string, name: string, inputText: string, options?: EnqueueOptions): Promise<Job>
  /** Does such a call. */
  readonly work: DoJob
}

/** After a refusal that says nothing of when to come again. */
const refusedDelayMs = 1000

/** Creates the calls. */
export function createDurableCalls(options: DurableCallsOptions): DurableCalls {
  const { queue, resolve, invoke, now, newId, newTraceId, random } = options

  async function prepare(
    organisation: string,
    name: string,
    inputText: string,
    given: EnqueueOptions = {},
    gathering?: Gathering,
  ): Promise<NewJob> {
    const called = await resolve(organisation, name, given.external ?? false)
    return toNewJob(organisation, name, inputText, given, called, gathering)
  }

  async function enqueue(
    organisation: string,
    name: string,
    inputText: string,
    given: EnqueueOptions = {},
  ): Promise<Job> {
    checkTrace(given, invalid)
    const job = await prepare(organisation, name, inputText, given)
    const accepted = await putOrFind(queue, job, given.transaction)
    if (accepted) return accepted
    throw new FunctionsError(
      "FN_006",
      `Cannot call function "${job.target}" with idempotency key "${given.idempotencyKey}": the key belongs to a call with another input.`,
      { issues: [{ path: "idempotencyKey", message: "belongs to a call with another input" }] },
    )
  }

  function toNewJob(
    organisation: string,
    reference: string,
    inputText: string,
    given: EnqueueOptions,
    { name, retry, queue: control }: CalledFunction,
    gathering: Gathering | undefined,
  ): NewJob {
    const createdAt = now()
    const payload = toPayload(reference, inputText)
    const { traceId = newTraceId(), parentSpanId } = given
    const flow = toFlow(name, control, inputText, gathering)
    if (flow?.gathering && given.deadline !== undefined) {
      throw invalid("deadline", `cannot be kept by a call that function "${name}" gathers with others`)
    }
    if (given.runAt !== undefined && given.delayMs !== undefined)
      throw invalid("delayMs", "must not stand beside runAt: each of them says when")
    return {
      id: newId(createdAt),
      organisation,
      kind: "function",
      target: name,
      payload,
      priority: checkPriority(given.priority ?? control?.priority ?? 0),
      weight: 1,
      runAt: given.runAt === undefined ? createdAt + checkDelay(given.delayMs ?? 0) : toTime("runAt", given.runAt),
      deadlineAt: given.deadline === undefined ? null : toTime("deadline", given.deadline),
      maxAttempts: retry?.attempts ?? defaultRetry.attempts,
      traceId,
      ...(parentSpanId !== undefined && { askedBy: { spanId: parentSpanId } }),
      originId: null,
      flow,
      idempotency: toIdempotency(given, {
        // Two functions may use one key without meeting.
        toKey: (key) => `${name}/${key}`,
        content: { before: toPayload(reference, ""), json: inputText },
        at: createdAt,
        refuse: invalid,
      }),
      leasedUntil: null,
      createdAt,
    }
  }

  const work: DoJob = async (lease, signal) => {
    const { job, batch } = lease
    const startedAt = now()
    const giveUp = reasonToGiveUp(job, startedAt)
    if (giveUp) return { outcome: "failed", error: giveUp, attempt: null }
    const { reference, inputText } = readPayload(job.payload)
    const ended = (invocationId: string | null, error?: InvocationError): Attempt => ({
      number: job.attempt,
      invocationId,
      startedAt,
      endedAt: now(),
      ...(error && { error }),
    })
    try {
      const call = await invoke(
        job.organisation,
        reference,
        { type: "json", text: batch ? toBatchInput(batch) : inputText },
        { signal, traceId: job.traceId, parentSpanId: toSpanId(job.id), depth: job.depth },
      )
      const { invocation, output } = call
      if (invocation.error) return afterFailure(lease, invocation.error, ended(invocation.id, invocation.error))
      const refusal = output && readRefusal(output, now())
      if (refusal) return afterFailure(lease, refusal.error, ended(invocation.id, refusal.error), refusal)
      const { value } = output ? await decodeOutput(output) : { value: undefined }
      const result = value === undefined ? null : JSON.stringify(value)
      return { outcome: "succeeded", result, attempt: ended(invocation.id) }
    } catch (failure) {
      if (!(failure instanceof FunctionsError)) throw failure
      const { code, message, retryAfterSeconds } = failure
      const error: InvocationError = { code, name: failure.name, message, stack: "" }
      // A service that is busy has not tried: that must not use up the tries. A chain of which some was gone was tried.
      if ((code === "FN_007" || code === "FN_008") && failure.invocationId === undefined) {
        const delay = retryAfterSeconds === undefined ? refusedDelayMs : retryAfterSeconds * 1000
        return { outcome: "again", runAt: now() + delay, attempt: null }
      }
      return afterFailure(lease, error, ended(failure.invocationId ?? null, error))
    }
  }

  async function afterFailure(
    { job }: Lease,
    error: InvocationError,
    attempt: Attempt,
    refusal?: Refusal,
  ): Promise<Verdict> {
    const passes = refusal ? refusal.passes : isTransient(error)
    if (!passes || job.attempt >= job.maxAttempts) return { outcome: "failed", error, attempt }
    const policy = { ...defaultRetry, ...(await policyOf(job)) }
    const runAt = now() + (refusal?.retryAfterMs ?? backoffMs(policy, job.attempt, random()))
    // It would be too late by then.
    if (job.deadlineAt !== null && runAt > job.deadlineAt) return { outcome: "failed", error, attempt }
    return { outcome: "again", runAt, attempt }
  }

  /** The policy of the version that is active now; a function that is gone needs none. */
  async function policyOf({ organisation, payload }: Job): Promise<Retry | undefined> {
    try {
      return (await resolve(organisation, readPayload(payload).reference, false)).retry
    } catch {
      return undefined
    }
  }

  return { prepare, enqueue, work }
}

/** An answer of an HTTP handler that says that the call failed. */
interface Refusal {
  readonly error: InvocationError
  readonly passes: boolean
  readonly retryAfterMs: number | undefined
}

function readRefusal(output: RuntimeOutput, nowMs: number): Refusal | undefined {
  if (output.type !== "response") return undefined
  const judgement = judgeStatus(output.status)
  if (judgement === undefined) return undefined
  const retryAfter = output.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1]
  const message = `The function answered with status ${output.status}.`
  return {
    error: { code: "FN_004", name: "HttpError", message, stack: "" },
    passes: judgement === "transient",
    retryAfterMs: readRetryAfter(retryAfter, nowMs),
  }
}

/** Why a job is not even begun. */
function reasonToGiveUp({ attempt, maxAttempts, deadlineAt }: Job, nowMs: number): InvocationError | undefined {
  const give = (code: "FN_002" | "FN_008", message: string) => ({ code, name: "FunctionsError", message, stack: "" })
  if (deadlineAt !== null && nowMs > deadlineAt) return give("FN_002", "The call had not begun by its deadline.")
  if (attempt > maxAttempts) return give("FN_008", `The process that ran the call was lost, ${maxAttempts} times.`)
  return undefined
}

function checkPriority(priority: number): number {
  if (Number.isInteger(priority) && priority >= -100 && priority <= 100) return priority
  throw invalid("priority", "must be a whole number from -100 to 100")
}

function checkDelay(delayMs: number): number {
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs <= longestMs) return delayMs
  throw invalid("delayMs", "must be milliseconds, 0 or more")
}

function toTime(path: string, time: number | Date): number {
  const at = time instanceof Date ? time.getTime() : time
  if (typeof at === "number" && Math.abs(at) <= longestMs) return at
  throw invalid(path, "must be a date, or epoch milliseconds")
}

function invalid(path: string, message: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot enqueue the call: ${path} ${message}.`, { issues: [{ path, message }] })
}
