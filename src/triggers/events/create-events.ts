import { FunctionsError } from "../../errors/functions-error.ts"
import { toChain } from "../../model/chain.ts"
import type { CloudEvent, NewEvent } from "../../model/event.ts"
import type { InvocationError } from "../../model/invocation.ts"
import type { Job } from "../../model/job.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import type { Published, PublishedEvent } from "../../model/published-event.ts"
import { backoffMs } from "../../model/retry.ts"
import { checkTrace, type TraceContext } from "../../model/trace-context.ts"
import type { DoJob, PutResult, Queue } from "../../ports/queue.ts"
import { checkNumber } from "../../util/check-number.ts"
import { joinQueue } from "../queue/join-queue.ts"
import { type EventJob, maxAttempts, readEventJob, toEventJob, toPublishedEvent } from "./event-job.ts"
import type { Subscriptions } from "./subscriptions.ts"

/** How events are kept. */
export interface EventOptions {
  /** How large an event may be, in bytes of JSON. @default 1048576 */
  readonly maxBytes?: number
  /** For how many milliseconds an event of the same source and id is the same event. @default 86400000 */
  readonly identityTtlMs?: number
}

/** How an event is published; its delivery goes on with the trace that is given. */
export interface PublishOptions extends Pick<TraceContext, "traceId" | "parentSpanId"> {
  /** The host's own transaction: the event is published where it commits, and never was where it rolls back. */
  readonly transaction?: unknown
}

/** Which events to list. */
export interface EventFilter {
  readonly type?: string
  readonly status?: "delivered" | "failed" | "cancelled" | "running"
  /** Epoch milliseconds: published at or after `from`, before `to`. */
  readonly from?: number
  readonly to?: number
}

/** What events need from the rest of the service. */
export interface EventsOptions extends EventOptions {
  readonly queue: Queue
  /** Hands an event to the runs that wait for it, once however often it is told to; answers how many steps these were. */
  readonly deliver: (organisation: string, key: string, event: CloudEvent) => Promise<number>
  readonly fire: Subscriptions["fire"]
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly newTraceId: () => string
  /** From 0 to 1. */
  readonly random: () => number
}

/** The events of all organisations. */
export interface Events {
  readonly maxBytes: number
  /** Resolves once it is certain that all of them will be delivered; `FN_006` where one is none, and then none is. */
  publish(organisation: string, events: readonly NewEvent[], options?: PublishOptions): Promise<readonly Published[]>
  /** `FN_001` where there is none. */
  get(organisation: string, id: string): Promise<PublishedEvent>
  /** Newest first. */
  list(organisation: string, filter: EventFilter, page: PageRequest): Promise<Page<PublishedEvent>>
  /** Delivers an event. */
  readonly work: DoJob
}

const retry = { attempts: maxAttempts, delay: 1, maxDelay: 600, factor: 3 }

/** Creates what publishes and delivers events. */
export function createEvents(options: EventsOptions): Events {
  const { queue, deliver, fire, now, random, maxBytes = 1_048_576, identityTtlMs = 86_400_000 } = options
  checkNumber("events.maxBytes", maxBytes, { above: 0 })
  checkNumber("events.identityTtlMs", identityTtlMs, { least: 0 })
  const making = { ...options, maxBytes, identityTtlMs }

  /** What was published before may be another event by the same name: it is the one that counts. */
  async function toPublished({ job, event }: EventJob, result: PutResult | undefined): Promise<Published> {
    if (result === undefined || result.outcome === "added") return { id: job.id, event, duplicate: false }
    const known = await queue.find(job.organisation, result.id)
    return { id: result.id, event: known ? toPublishedEvent(known).event : event, duplicate: true }
  }

  async function find(organisation: string, id: string): Promise<Job> {
    const job = await queue.find(organisation, id)
    if (job?.kind === "event") return job
    throw new FunctionsError("FN_001", `Cannot find event "${String(id).slice(0, 80)}": none of this id was published.`)
  }

  const work: DoJob = async ({ job }) => {
    const startedAt = now()
    const attemptOf = (error?: InvocationError) => ({
      number: job.attempt,
      invocationId: null,
      startedAt,
      endedAt: now(),
      ...(error && { error }),
    })
    if (job.attempt > job.maxAttempts) {
      const error = toError("FN_008", `The process that delivered the event was lost, ${job.maxAttempts} times.`)
      return { outcome: "failed", error, attempt: null }
    }
    try {
      const { key, event } = readEventJob(job)
      const resumed = await deliver(job.organisation, key, event)
      const delivery = { resumed, ...(await fire(job.organisation, key, event, toChain(job))) }
      return { outcome: "succeeded", result: JSON.stringify(delivery), attempt: attemptOf() }
    } catch (failure) {
      const isFinal = failure instanceof FunctionsError && failure.code === "FN_006"
      const message = failure instanceof Error ? failure.message : String(failure)
      const error = toError(isFinal ? "FN_006" : "FN_008", message)
      if (isFinal || job.attempt >= job.maxAttempts) return { outcome: "failed", error, attempt: attemptOf(error) }
      return { outcome: "again", runAt: now() + backoffMs(retry, job.attempt, random()), attempt: attemptOf(error) }
    }
  }

  return {
    maxBytes,
    work,

    // Until the first job is put, nothing is waited for: the host's transaction may be over by the next turn.
    async publish(organisation, given, options = {}) {
      checkTrace(options, refuseOption)
      const { transaction, traceId, parentSpanId } = options
      const places = given.map((_, index) => (given.length > 1 ? `${index}` : ""))
      const trace = {
        ...(traceId !== undefined && { traceId }),
        ...(parentSpanId !== undefined && { askedBy: { spanId: parentSpanId } }),
      }
      const made = given.map((one, index): EventJob => {
        const { job, event } = toEventJob(organisation, one, making, places[index])
        return { job: { ...job, ...trace }, event }
      })
      if (transaction === undefined) {
        const results = await queue.put(made.map(({ job }) => job))
        return await Promise.all(made.map((one, index) => toPublished(one, results[index])))
      }
      const joined = joinQueue(queue, transaction)
      const published: Published[] = []
      for (const { job, event } of made) {
        const { id, outcome } = await joined.put(job)
        published.push({ id, event, duplicate: outcome !== "added" })
      }
      return published
    },

    get: async (organisation, id) => toPublishedEvent(await find(organisation, id)),

    async list(organisation, { type, status, ...range }, page) {
      const filter = {
        kind: "event" as const,
        ...(type !== undefined && { target: type }),
        ...(status !== undefined && { status: status === "delivered" ? ("succeeded" as const) : status }),
        ...range,
      }
      const { items, next } = await queue.list(organisation, filter, page)
      return { items: items.map(toPublishedEvent), next }
    },
  }
}

function refuseOption(path: string, message: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot publish the event: ${path} ${message}.`, { issues: [{ path, message }] })
}

function toError(code: InvocationError["code"], message: string): InvocationError {
  return { code, name: "FunctionsError", message, stack: "" }
}
