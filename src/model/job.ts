import type { Flow } from "./flow.ts"
import type { InvocationError } from "./invocation.ts"

/**
 * Where a job is on its way: `delayed` until its time comes, `held` until its flow lets it go on, `waiting` for a worker,
 * `running` under a lease; then `succeeded`, `failed` (a dead letter) or `cancelled` for good.
 */
export type JobStatus = "delayed" | "held" | "waiting" | "running" | "succeeded" | "failed" | "cancelled"

/**
 * What a job does: call a function, run a pipeline, hand a message to those that consume its queue, deliver an event, tell a
 * channel of an alert, make a forecast, or try rejected points again.
 */
export type JobKind = "function" | "pipeline" | "message" | "event" | "notification" | "forecast" | "points"

/** A job with the same key is not added again until then. */
export interface Idempotency {
  readonly key: string
  /** Hash of what was asked for: the same key with another hash is a conflict. */
  readonly hash: string
  /** The hash that an earlier version of the service has kept for the same; no conflict either. Is not kept. */
  readonly formerHash?: string
  /** Epoch milliseconds. */
  readonly until: number
}

/** What asked for a job: the parents of its span. */
export interface AskedBy {
  readonly spanId?: string
  /** The firing of a trigger that put it. */
  readonly firing?: {
    readonly id: string
    /** The trigger's name and type. */
    readonly trigger: string
    readonly type: string
    /** Epoch milliseconds. */
    readonly at: number
  }
}

/** A piece of work as it is put into the queue. */
export interface NewJob {
  readonly id: string
  readonly organisation: string
  readonly kind: JobKind
  /**
   * The name of the function or pipeline; of a message, that of its queue; of an event, its type; of a notification, its
   * channel; of a forecast, its schedule; of points, their source.
   */
  readonly target: string
  /** JSON text that only the worker understands. */
  readonly payload: string
  /** Among the jobs of its organisation, higher comes first: -100 to 100. */
  readonly priority: number
  /** How many jobs of its organisation run where another organisation has one. */
  readonly weight: number
  /** Epoch milliseconds: not before. */
  readonly runAt: number
  /** Epoch milliseconds: not begun after; null for no deadline, as all have that are gathered with others. */
  readonly deadlineAt: number | null
  readonly maxAttempts: number
  readonly traceId: string
  /** @default nobody who is known */
  readonly askedBy?: AskedBy
  /** How many events led to it, one causing the next. @default 0 */
  readonly depth?: number
  /** The job that this one does again. */
  readonly originId: string | null
  /** What it passes before a worker may take it; null for nothing. */
  readonly flow: Flow | null
  readonly idempotency: Idempotency | null
  /** Until when it belongs to the one who puts it, who does it at once; null where any worker may take it. */
  readonly leasedUntil: number | null
  readonly createdAt: number
}

/** Times and delays go no further: what comes of them is still a date, and a whole number to a database. */
export const longestMs = 4_000_000_000_000_000

/** One try at a job. */
export interface Attempt {
  readonly number: number
  /** The invocation, where one had begun. */
  readonly invocationId: string | null
  readonly startedAt: number
  readonly endedAt: number
  /** Absent where it succeeded. */
  readonly error?: InvocationError
  /** Of a try that the service itself failed at, which does not count: how often it has failed by now, in a row. */
  readonly faults?: number
}

/** A job as it is kept. */
export interface Job extends Omit<NewJob, "leasedUntil" | "depth"> {
  readonly depth: number
  readonly status: JobStatus
  /** Tries that were begun, the present one too. */
  readonly attempt: number
  /** Those that ended, oldest first. */
  readonly attempts: readonly Attempt[]
  /** JSON text, where it succeeded with one. */
  readonly result: string | null
  readonly error: InvocationError | null
  /** The last job that did this one again. */
  readonly replayedAs: string | null
  /** The job that it was gathered into, which does it too and whose end is its own. */
  readonly leaderId: string | null
  /** Changes with every status. */
  readonly updatedAt: number
}

/** The right to do a job, until it ends or another worker takes the job over. */
export interface Lease {
  readonly job: Job
  /** Grows with every lease of the job: what an older token says is not heard. */
  readonly token: number
  /** Epoch milliseconds. */
  readonly until: number
  /** The payloads of a batch, its own among them, in the order in which they came; null for a job that is none. */
  readonly batch: readonly string[] | null
}

/** A job as it is once it was accepted. */
export function asAccepted({ leasedUntil, ...job }: NewJob): Job {
  const status = leasedUntil !== null ? "running" : job.runAt > job.createdAt ? "delayed" : "waiting"
  const nothingYet = { attempts: [], result: null, error: null, replayedAs: null, leaderId: null }
  return { depth: 0, ...job, status, attempt: leasedUntil === null ? 0 : 1, ...nothingYet, updatedAt: job.createdAt }
}

/** The lease of a job that was put with one. */
export function firstLease(job: NewJob): Lease {
  return { job: asAccepted(job), token: 1, until: job.leasedUntil ?? 0, batch: null }
}
