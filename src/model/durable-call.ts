import type { InvocationError, InvocationRecord } from "./invocation.ts"
import type { Attempt, Job } from "./job.ts"

/**
 * A call that was accepted to run later, as one follows it. Once a try has ended, the fields of its invocation are there
 * too: version, logs, times and use.
 */
export interface QueuedInvocation
  extends Partial<Omit<InvocationRecord, "id" | "name" | "status" | "error" | "traceId" | "organisation">>,
    Pick<Job, "id" | "organisation" | "priority" | "runAt" | "deadlineAt" | "maxAttempts" | "createdAt" | "updatedAt">,
    Pick<Job, "traceId" | "originId" | "replayedAs"> {
  readonly name: string
  readonly status: "queued" | "running" | "succeeded" | "failed" | "cancelled"
  readonly output?: unknown
  readonly error?: InvocationError
  /** The tries that ended, oldest first. */
  readonly attempts: readonly Attempt[]
}

/**
 * A call that failed for good, with what it was called with; or a message or an event that could not be handed on, named by
 * its queue or its type; or a notification that a channel did not take, named by that; or a forecast that was not made,
 * named by its schedule; or ingested points that were rejected, named by their source.
 */
export interface DeadLetter extends QueuedInvocation {
  readonly kind: "function" | "message" | "event" | "notification" | "forecast" | "points"
  readonly input: unknown
}
