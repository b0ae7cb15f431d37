import type { CloudEvent } from "./event.ts"
import type { InvocationError } from "./invocation.ts"
import type { Attempt } from "./job.ts"

/** What became of publishing an event: it is certain that it will be delivered. */
export interface Published {
  /** `events.get(id)` follows it. */
  readonly id: string
  /** With what was filled in. */
  readonly event: CloudEvent
  /** Whether an event of this source and id was published before: then this one is that one, and is not delivered again. */
  readonly duplicate: boolean
}

/** One trigger that an event has fired. */
export interface EventFiring {
  readonly triggerId: string
  readonly firingId: string
  readonly outcome: "queued" | "skipped" | "refused"
  /** The call or run. */
  readonly jobId: string | null
}

/** What the delivery of an event came to. */
export interface EventDelivery {
  /** Runs of pipelines that waited for it, and go on. */
  readonly resumed: number
  /** Triggers that fired. */
  readonly fired: number
  /** The first hundred of them. */
  readonly firings: readonly EventFiring[]
}

/** A published event, as one follows it. Times are epoch milliseconds. */
export interface PublishedEvent extends Partial<EventDelivery> {
  readonly id: string
  readonly organisation: string
  readonly event: CloudEvent
  readonly status: "queued" | "running" | "delivered" | "failed" | "cancelled"
  readonly error?: InvocationError
  /** Tries to deliver it that ended, oldest first. */
  readonly attempts: readonly Attempt[]
  readonly createdAt: number
  readonly updatedAt: number
}
