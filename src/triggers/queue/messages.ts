import { FunctionsError } from "../../errors/functions-error.ts"
import { notFound } from "../../errors/not-found.ts"
import { beginAttempt } from "../../model/attempt.ts"
import { toChain } from "../../model/chain.ts"
import { toHash, toIdempotency } from "../../model/idempotency.ts"
import type { InvocationError } from "../../model/invocation.ts"
import { type Job, longestMs, type NewJob } from "../../model/job.ts"
import type { MessageFiring, QueueEvent, SentMessage } from "../../model/message.ts"
import { backoffMs, defaultRetry } from "../../model/retry.ts"
import { checkTrace } from "../../model/trace-context.ts"
import type { TriggerRecord } from "../../model/trigger.ts"
import type { DoJob, Queue } from "../../ports/queue.ts"
import { readJson } from "../../util/read-json.ts"
import type { Bus } from "../bus/create-bus.ts"
import { refuseLoop } from "../chain-depth.ts"
import { deliveryStatus } from "./delivery-status.ts"
import type { EnqueueOptions } from "./durable-calls.ts"
import { readPayload, toPayload } from "./payload.ts"
import { putOrFind } from "./put-or-find.ts"

/** Options of one message. */
export interface SendOptions
  extends Pick<EnqueueOptions, "delayMs" | "idempotencyKey" | "idempotencyTtlMs" | "traceId" | "parentSpanId"> {
  /** How many events and messages led to it; of one that a function sends, that of its call. @default 0, and nobody's */
  readonly sender?: { readonly depth: number }
}

/** What messages need from the rest of the service. */
export interface MessagesOptions {
  readonly queue: Queue
  readonly bus: Pick<Bus, "fire" | "triggersOf">
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly newTraceId: () => string
  /** From 0 to 1. */
  readonly random: () => number
}

/** Messages to the functions and pipelines that consume a queue by its name. */
export interface Messages {
  /**
   * Resolves once the message is durable. `FN_006` where it is none; a `CapabilityError` where too many messages and events
   * have led to the function that sends it.
   */
  send(organisation: string, queueName: string, bodyText: string, options?: SendOptions): Promise<SentMessage>
  /** `FN_001` where there is none. */
  get(organisation: string, id: string): Promise<SentMessage>
  /** Does the job of a message. */
  readonly work: DoJob
}

/** Tries to find somebody who consumes the queue: some minutes, in which a function may be deployed or resumed. */
const maxAttempts = 10

/** Creates the messages. */
export function createMessages({ queue, bus, now, newId, newTraceId, random }: MessagesOptions): Messages {
  function toJob(organisation: string, queueName: string, bodyText: string, options: SendOptions): NewJob {
    const createdAt = now()
    const payload = toPayload(queueName, bodyText)
    const { delayMs = 0, traceId = newTraceId(), parentSpanId, sender } = options
    check("queue", queueName.length > 0 && queueName.length <= 200 && !queueName.includes("\n"), "1 to 200 characters")
    check("delayMs", typeof delayMs === "number" && delayMs >= 0 && delayMs <= longestMs, "milliseconds, 0 or more")
    return {
      id: newId(createdAt),
      organisation,
      kind: "message",
      target: queueName,
      payload,
      priority: 0,
      weight: 1,
      runAt: createdAt + delayMs,
      deadlineAt: null,
      maxAttempts,
      traceId,
      ...(parentSpanId !== undefined && { askedBy: { spanId: parentSpanId } }),
      depth: sender ? sender.depth + 1 : 0,
      originId: null,
      flow: null,
      idempotency: toIdempotency(options, {
        // No name of a function has a colon, so no key of a call is the same.
        toKey: (key) => `message:${toHash(`${queueName}\n${key}`)}`,
        content: { before: toPayload(queueName, ""), json: bodyText },
        at: createdAt,
        refuse: invalid,
      }),
      leasedUntil: null,
      createdAt,
    }
  }

  async function deliver(job: Job, consumers: readonly TriggerRecord[]): Promise<readonly MessageFiring[]> {
    const { reference, inputText } = readPayload(job.payload)
    const event: QueueEvent = {
      id: job.id,
      queue: reference,
      body: JSON.parse(inputText),
      sentAt: new Date(job.createdAt).toISOString(),
    }
    const chain = toChain(job)
    const firings: MessageFiring[] = []
    for (const trigger of consumers) {
      const firing = await bus.fire(trigger, { cause: "event", key: `message:${job.id}`, event, ...chain })
      firings.push({ triggerId: trigger.id, firingId: firing.id, outcome: firing.outcome, jobId: firing.jobId })
    }
    return firings
  }

  return {
    async send(organisation, queueName, bodyText, options = {}) {
      if (!options.sender) checkTrace(options, invalid)
      if (options.sender) refuseLoop(options.sender.depth, `send to queue "${queueName.slice(0, 80)}"`, "")
      const accepted = await putOrFind(queue, toJob(organisation, queueName, bodyText, options))
      if (accepted) return toSentMessage(accepted)
      throw invalid("idempotencyKey", "belongs to another message of this queue")
    },

    async get(organisation, id) {
      const job = await queue.find(organisation, id)
      if (job?.kind === "message") return toSentMessage(job)
      throw notFound("message", id)
    },

    async work({ job }) {
      const ended = beginAttempt(job, now)
      if (job.attempt > job.maxAttempts) {
        const lost = `The process that handed the message on was lost, ${job.maxAttempts} times.`
        return {
          outcome: "failed",
          error: { code: "FN_008", name: "FunctionsError", message: lost, stack: "" },
          attempt: null,
        }
      }
      const declared = await bus.triggersOf(job.organisation, "queue")
      const consumers = declared.filter((trigger) => consumedQueue(trigger) === job.target)
      if (consumers.length > 0) {
        const result = JSON.stringify({ firings: await deliver(job, consumers) })
        return { outcome: "succeeded", result, attempt: ended() }
      }
      const message = `Cannot deliver the message: no function or pipeline consumes queue "${job.target}".`
      const error: InvocationError = { code: "FN_001", name: "FunctionsError", message, stack: "" }
      if (job.attempt >= job.maxAttempts) return { outcome: "failed", error, attempt: ended(error) }
      return { outcome: "again", runAt: now() + backoffMs(defaultRetry, job.attempt, random()), attempt: ended(error) }
    },
  }
}

function consumedQueue({ configuration }: TriggerRecord): string | undefined {
  return "queue" in configuration ? configuration.queue : undefined
}

function toSentMessage(job: Job): SentMessage {
  const { id, organisation, target, status, result, error, attempts, runAt, createdAt, updatedAt } = job
  return {
    id,
    organisation,
    queue: target,
    body: readJson<unknown>(readPayload(job.payload).inputText, null),
    status: deliveryStatus[status],
    ...(result !== null && readJson(result, {})),
    ...(error && status !== "succeeded" && { error }),
    attempts,
    runAt,
    createdAt,
    updatedAt,
  }
}

function check(path: string, holds: boolean, wanted: string): void {
  if (!holds) throw invalid(path, `must be ${wanted}`)
}

function invalid(path: string, message: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot send the message: ${path} ${message}.`, { issues: [{ path, message }] })
}
