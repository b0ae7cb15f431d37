import type { InvocationError } from "../model/invocation.ts"
import type { Attempt, Job, JobKind, JobStatus, Lease, NewJob } from "../model/job.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** How the work on a job ended, or goes on: a settlement without what the worker's loop adds. */
export type Verdict = DistributiveOmit<Settlement, "lease" | "at"> & {
  /** The work has settled its lease by itself, with what it wrote down. */
  readonly isSettled?: true
}

type DistributiveOmit<Type, Key extends PropertyKey> = Type extends unknown ? Omit<Type, Key> : never

/**
 * Does a job. The signal ends the work early: because another worker has it, it was cancelled, or the service closes.
 * Rejects only for what is the service's own fault: then the job is tried again without counting the try, later each time,
 * and is a dead letter where that does not end.
 */
export type DoJob = (lease: Lease, signal: AbortSignal) => Promise<Verdict>

/** What became of a job that was put: added, or there under its idempotency key, or there with another hash. */
export interface PutResult {
  readonly outcome: "added" | "known" | "conflict"
  /** Of the job that is in the queue. */
  readonly id: string
}

/** What a worker asks for. */
export interface TakeRequest {
  readonly limit: number
  readonly leaseMs: number
  /** Epoch milliseconds. */
  readonly now: number
  /** @default any organisation may get all of it */
  readonly shares?: TakeShares
}

/** How much of a worker one organisation may have. */
export interface TakeShares {
  /** Jobs of one organisation that the worker does at once. */
  readonly limit: number
  /** How many it does by now, by organisation. */
  readonly held: ReadonlyMap<string, number>
}

/** What a worker gets. */
export interface TakeResult {
  readonly leases: readonly Lease[]
  /** When the next job is due, or the next lease runs out, as far as is known now; null for never. */
  readonly nextAt: number | null
}

/**
 * How a leased job ended, or goes on. An attempt with `faults` MUST take the place of those before it that have it too: they
 * are one try.
 */
export type Settlement = { readonly lease: Lease; readonly at: number; readonly attempt: Attempt | null } & (
  | { readonly outcome: "succeeded"; readonly result: string | null }
  /** To be tried again at `runAt`; where `attempt` is null or has `faults`, the try does not count. */
  | { readonly outcome: "again"; readonly runAt: number; readonly payload?: string }
  | { readonly outcome: "failed" | "cancelled"; readonly error: InvocationError }
)

/** Which jobs to list. */
export interface JobFilter {
  readonly id?: string
  readonly kind?: JobKind
  readonly status?: JobStatus
  readonly target?: string
  /** Of the last error. */
  readonly code?: string
  /** Whether another job has done it again. */
  readonly replayed?: boolean
  /** Epoch milliseconds: created at or after `from`, before `to`. */
  readonly from?: number
  readonly to?: number
}

/** The queue within a transaction of the host's. */
export interface JoinedQueue {
  /** Adds a job that is there once the host commits, and never was where the host rolls back. */
  put(job: NewJob): Promise<PutResult>
}

/**
 * Where accepted work waits. Whatever is put stays until it is settled, through crashes of workers and of the queue.
 * Times come from the caller, so that a clock can be set; callers on several machines MUST agree on it.
 */
export interface Queue {
  /**
   * Adds jobs; resolves once they are durable. A job whose id is there already is `known`. All of one call are added, or none.
   * The origin of a job that is added keeps its id as `replayedAs`.
   */
  put(jobs: readonly NewJob[]): Promise<readonly PutResult[]>
  /**
   * Joins a transaction that the host has open on the queue's own database. Absent where the queue has none. Throws
   * `FN_006` for what is no such transaction, and so does `put`.
   */
  join?(transaction: unknown): JoinedQueue
  /**
   * Leases jobs that are due, or whose lease has run out. The organisations MUST take turns, whatever each of them has
   * waiting, each as often as the `weight` of its jobs says; within one, higher priority and then older comes first. Jobs
   * that have a flow MUST have passed it, but for those whose deadline is over: they come at once, whatever holds them or
   * delays them, and count for no throttle. No two calls MUST ever lease the same token.
   */
  take(request: TakeRequest): Promise<TakeResult>
  /** Prolongs leases; answers those of them that another worker has taken over, or that ended. */
  renew(leases: readonly Lease[], until: number): Promise<readonly Lease[]>
  /** Settles leases; answers those that were not heard, because their token is not the job's any more. */
  settle(settlements: readonly Settlement[]): Promise<readonly Lease[]>
  /** Ends a job that no worker has; one that runs is marked and answered with `running`. Null where there is none. */
  cancel(organisation: string, id: string, error: InvocationError, at: number): Promise<Job | null>
  /** Has a delayed job wait no longer than until `at`; one that runs, no longer than until then when it is to go on. */
  hasten(organisation: string, id: string, at: number): Promise<void>
  find(organisation: string, id: string): Promise<Job | null>
  /** Newest first, by id; the cursor is the last id. */
  list(organisation: string, filter: JobFilter, page: PageRequest): Promise<Page<Job>>
  /** Removes jobs for good that have ended; answers how many. */
  purge(organisation: string, filter: JobFilter, limit: number): Promise<number>
  /** Removes what ended before `endedBefore`, of all organisations; answers how many. */
  expire(status: "succeeded" | "failed" | "cancelled", endedBefore: number, limit: number): Promise<number>
  /**
   * Calls `work` back whenever there may be something to take, and `ended` with jobs that others ended or took over.
   * What other processes do may be told late or not at all. Answers what ends that.
   */
  watch(work: () => void, ended?: (organisation: string, id: string) => void): () => void
}
