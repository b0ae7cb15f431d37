import type { Tell } from "../model/facts.ts"
import type { JobKind } from "../model/job.ts"
import type { StartedJob, StoppedJob } from "../model/job-work.ts"
import type { DoJob } from "../ports/queue.ts"

/** What does each kind of job. */
export type Work = Readonly<Record<JobKind, DoJob>>

/** The same work, which tells when it begins with a job, and when it has stopped with it. */
export function tellJobs(work: Work, { now, tell }: { readonly now: () => number; readonly tell: Tell }): Work {
  const telling =
    (doJob: DoJob): DoJob =>
    async (lease, signal) => {
      const { organisation, id, kind, target, traceId, askedBy, attempt, createdAt, attempts } = lease.job
      const startedAt = now()
      const started: StartedJob = {
        ...{ organisation, id, kind, target, traceId, attempt, createdAt, startedAt },
        ...(askedBy && { askedBy }),
      }
      const stop = (outcome: StoppedJob["outcome"], error: string | null) => {
        const firstStartedAt = attempts[0]?.startedAt ?? startedAt
        tell("job.stopped", { ...started, endedAt: now(), outcome, error, firstStartedAt })
      }
      tell("job.started", started)
      try {
        const verdict = await doJob(lease, signal)
        // What was ended early is handed back, or was cancelled.
        if (signal.aborted && verdict.outcome !== "succeeded") stop("again", null)
        else stop(verdict.outcome, "error" in verdict ? (verdict.error?.code ?? null) : null)
        return verdict
      } catch (error) {
        stop("again", null)
        throw error
      }
    }
  return {
    function: telling(work.function),
    pipeline: telling(work.pipeline),
    message: telling(work.message),
    event: telling(work.event),
    notification: telling(work.notification),
    forecast: telling(work.forecast),
    points: telling(work.points),
  }
}
