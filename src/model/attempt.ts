import type { InvocationError } from "./invocation.ts"
import type { Attempt, Job } from "./job.ts"

/** Begins a try of a job that makes no invocation; what it answers ends that, and gives the record of it. */
export function beginAttempt(
  { attempt }: Pick<Job, "attempt">,
  now: () => number,
): (error?: InvocationError) => Attempt {
  const startedAt = now()
  return (error) => ({ number: attempt, invocationId: null, startedAt, endedAt: now(), ...(error && { error }) })
}
