import type { Job } from "./job.ts"

/** A job that a worker begins with, or goes on with. */
export type StartedJob = Pick<
  Job,
  "organisation" | "id" | "kind" | "target" | "traceId" | "askedBy" | "attempt" | "createdAt"
> & {
  /** Epoch milliseconds. */
  readonly startedAt: number
}

/** A job that a worker has stopped with. */
export interface StoppedJob extends StartedJob {
  readonly endedAt: number
  /** `again` where it is to be gone on with. */
  readonly outcome: "succeeded" | "failed" | "cancelled" | "again"
  /** The code of its error, where it failed. */
  readonly error: string | null
  /** When a worker began with it for the first time. */
  readonly firstStartedAt: number
}
