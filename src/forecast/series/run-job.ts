import { FunctionsError } from "../../errors/functions-error.ts"
import { beginAttempt } from "../../model/attempt.ts"
import type { ForecastInput, SeriesForecast } from "../../model/forecast.ts"
import type { ForecastRun, ForecastSchedule } from "../../model/forecast-schedule.ts"
import type { InvocationError } from "../../model/invocation.ts"
import type { Job } from "../../model/job.ts"
import { backoffMs, isTransient } from "../../model/retry.ts"
import type { ForecastScheduleChange, ForecastStore } from "../../ports/forecast-storage.ts"
import type { DoJob } from "../../ports/queue.ts"
import { type ReadCron, toRhythm } from "./rhythm.ts"
import { planRun, type RunMaking, readReference, runRetry } from "./runs.ts"

/** What the jobs of runs need. */
export interface RunJobOptions extends RunMaking {
  readonly store: ForecastStore
  readonly readCron: ReadCron
  /** Makes a forecast and keeps it; one of this id that is there already stays. */
  readonly make: (
    purpose: Pick<SeriesForecast, "organisation" | "id" | "scheduleId">,
    input: ForecastInput,
    signal: AbortSignal,
  ) => Promise<unknown>
  /** From 0 to 1. */
  readonly random: () => number
  readonly onError: (error: unknown, context: { readonly stage: "forecasts" }) => void
}

/** Does the jobs of runs. */
export interface RunJobs {
  readonly work: DoJob
  /** The service itself has failed at it too often. */
  readonly giveUp: (job: Job, error: InvocationError) => Promise<void>
}

/** Creates what does them. */
export function createRunJobs(options: RunJobOptions): RunJobs {
  const { store, readCron, make, now, random, onError } = options

  /** The run as it is now; with the one that follows it, where it was the next. */
  function toChange(schedule: ForecastSchedule | null, run: ForecastRun): ForecastScheduleChange {
    if (schedule?.nextRunId !== run.id) return { schedule, runs: [run], jobs: [] }
    // What came while nobody was there is over.
    const after = Math.max(now(), run.scheduledFor)
    const next = planRun(options, schedule, toRhythm(schedule.every, readCron, after).next(after))
    return { schedule: next.schedule, runs: [run, next.run], jobs: [next.job] }
  }

  function change(
    { organisation, payload }: Job,
    how: (run: ForecastRun, schedule: ForecastSchedule | null) => ForecastRun | null,
  ): Promise<ForecastScheduleChange | null> {
    const { scheduleId, runId } = readReference(payload)
    return store.changeSchedule(organisation, scheduleId, runId, (schedule, run) => {
      const changed = run && how(run, schedule)
      return changed && toChange(schedule, changed)
    })
  }

  const work: DoJob = async ({ job }, signal) => {
    const startedAt = now()
    const ended = beginAttempt(job, now)
    const begun = await change(job, (run, schedule) =>
      schedule === null || run.status === "completed"
        ? null
        : { ...run, status: "running", attempts: run.attempts + 1, startedAt, endedAt: null },
    )
    const [run] = begun?.runs ?? []
    const schedule = begun?.schedule
    if (!run || !schedule) return { outcome: "cancelled", error: overtaken, attempt: null }
    try {
      const { organisation, id, scheduleId } = run
      await make({ organisation, id, scheduleId }, schedule.request, signal)
      await change(job, (current) => {
        const done = { status: "completed", endedAt: now(), error: null, forecastId: id } as const
        return { ...current, ...done }
      })
      return { outcome: "succeeded", result: JSON.stringify(id), attempt: ended() }
    } catch (cause) {
      if (signal.aborted) return { outcome: "again", runAt: now(), attempt: null }
      const error = toError(cause)
      if (!(cause instanceof FunctionsError)) onError(cause, { stage: "forecasts" })
      const isFinal = !isTransient(error) || job.attempt >= job.maxAttempts
      await change(job, (current) => {
        const told = { code: error.code, message: error.message }
        return isFinal
          ? { ...current, status: "failed", endedAt: now(), error: told }
          : { ...current, status: "retrying", error: told }
      })
      if (isFinal) return { outcome: "failed", error, attempt: ended(error) }
      const wait = backoffMs(runRetry, job.attempt, 0.5 + random() / 2)
      return { outcome: "again", runAt: now() + wait, attempt: ended(error) }
    }
  }

  return {
    work,
    async giveUp(job, { code, message }) {
      await change(job, (run) => ({ ...run, status: "failed", endedAt: now(), error: { code, message } }))
    },
  }
}

const overtaken: InvocationError = {
  code: "FN_001",
  name: "FunctionsError",
  message: "Cannot make the forecast: its run was taken back, or is done, or its schedule is gone.",
  stack: "",
}

/** What fails in the service is for its host's eyes. */
function toError(cause: unknown): InvocationError {
  const { code, message } =
    cause instanceof FunctionsError
      ? cause
      : ({ code: "FN_008", message: "The service itself failed; its host's log says why." } as const)
  return { code, name: "FunctionsError", message, stack: "" }
}
