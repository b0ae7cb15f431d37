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

/** A call that failed for good, with what it was called with. */
export interface DeadLetter extends QueuedInvocation {
  readonly input: unknown
}
