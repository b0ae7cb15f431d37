import type { InvocationError } from "./invocation.ts"
import type { Attempt } from "./job.ts"

/** What a function is given of a message that it consumes; in a batch, each of `events` is one. */
export interface QueueEvent {
  /** Of the message: the same one, whoever consumes it and however often. */
  readonly id: string
  readonly queue: string
  readonly body: unknown
  /** ISO 8601. */
  readonly sentAt: string
}

/** A message on its way to those that consume its queue. Times are epoch milliseconds. */
export interface SentMessage {
  readonly id: string
  readonly organisation: string
  readonly queue: string
  readonly body: unknown
  /** `failed`: nobody consumes the queue; the message is a dead letter. */
  readonly status: "queued" | "running" | "delivered" | "failed" | "cancelled"
  /** What it brought; there once it is delivered. */
  readonly firings?: readonly MessageFiring[]
  readonly error?: InvocationError
  /** Tries to deliver it that ended. */
  readonly attempts: readonly Attempt[]
  readonly runAt: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** A trigger that a message fired. */
export interface MessageFiring {
  readonly triggerId: string
  readonly firingId: string
  readonly outcome: "queued" | "skipped" | "refused"
  /** The enqueued call or the run of a pipeline. */
  readonly jobId: string | null
}
