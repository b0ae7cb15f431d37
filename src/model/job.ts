import type { InvocationError } from "./invocation.ts"

/**
 * Where a job is on its way: `delayed` until its time comes, `held` until its lane has room, `waiting` for a worker,
 * `running` under a lease; then `succeeded`, `failed` (a dead letter) or `cancelled` for good.
 */
export type JobStatus = "delayed" | "held" | "waiting" | "running" | "succeeded" | "failed" | "cancelled"

/** Who does a job: a call of a function, or a run of a pipeline. */
export type JobKind = "function" | "pipeline"

/** At most `limit` jobs of one key of an organisation are waiting or running at once; more are held. */
export interface Lane {
  readonly key: string
  readonly limit: number
}

/** A job with the same key is not added again until then. */
export interface Idempotency {
  readonly key: string
  /** Hash of what was asked for: the same key with another hash is a conflict. */
  readonly hash: string
  /** Epoch milliseconds. */
  readonly until: number
}

/** A piece of work as it is put into the queue. */
export interface NewJob {
  readonly id: string
  readonly organisation: string
  readonly kind: JobKind
  /** The name of the function or pipeline. */
  readonly target: string
  /** JSON text that only the worker understands. */
  readonly payload: string
  /** Among the jobs of its organisation, higher comes first: -100 to 100. */
  readonly priority: number
  /** How many jobs of its organisation run where another organisation has one. */
  readonly weight: number
  /** Epoch milliseconds: not before. */
  readonly runAt: number
  /** Epoch milliseconds: not begun after; null for no deadline. */
  readonly deadlineAt: number | null
  readonly maxAttempts: number
  readonly traceId: string
  /** The job that this one does again. */
  readonly originId: string | null
  readonly lane: Lane | null
  readonly idempotency: Idempotency | null
  /** Until when it belongs to the one who puts it, who does it at once; null where any worker may take it. */
  readonly leasedUntil: number | null
  readonly createdAt: number
}

/** One try at a job. */
export interface Attempt {
  readonly number: number
  /** The invocation, where one had begun. */
  readonly invocationId: string | null
  readonly startedAt: number
  readonly endedAt: number
  /** Absent where it succeeded. */
  readonly error?: InvocationError
}

/** A job as it is kept. */
export interface Job extends Omit<NewJob, "leasedUntil"> {
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
}

/** A job as it is once it was accepted. */
export function asAccepted({ leasedUntil, ...job }: NewJob): Job {
  const status = leasedUntil !== null ? "running" : job.runAt > job.createdAt ? "delayed" : "waiting"
  const nothingYet = { attempts: [], result: null, error: null, replayedAs: null, updatedAt: job.createdAt }
  return { ...job, status, attempt: leasedUntil === null ? 0 : 1, ...nothingYet }
}

/** The lease of a job that was put with one. */
export function firstLease(job: NewJob): Lease {
  return { job: asAccepted(job), token: 1, until: job.leasedUntil ?? 0 }
}
