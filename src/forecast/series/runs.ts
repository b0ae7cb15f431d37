import type { ForecastRun, ForecastSchedule } from "../../model/forecast-schedule.ts"
import type { NewJob } from "../../model/job.ts"
import type { RetryPolicy } from "../../model/retry.ts"
import { isRecord } from "../../util/is-record.ts"
import { readJson } from "../../util/read-json.ts"

/** Five tries, within some ten minutes: the next run of most schedules comes soon after. */
export const runRetry: RetryPolicy = { attempts: 5, delay: 30, maxDelay: 600, factor: 3 }

/** What the job of a run names. */
interface RunReference {
  readonly scheduleId: string
  readonly runId: string
}

/** What makes runs and their jobs. */
export interface RunMaking {
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly newTraceId: () => string
}

/** A schedule with its next run, and the job of that. */
export interface PlannedRun {
  readonly schedule: ForecastSchedule
  readonly run: ForecastRun
  readonly job: NewJob
}

/** Has a schedule run at that time next. */
export function planRun(making: RunMaking, schedule: ForecastSchedule, scheduledFor: number): PlannedRun {
  const at = making.now()
  const { organisation, id: scheduleId } = schedule
  const run: ForecastRun = {
    ...{ organisation, id: making.newId(at), scheduleId, status: "pending", scheduledFor, attempts: 0 },
    ...{ startedAt: null, endedAt: null, error: null, forecastId: null },
  }
  return {
    schedule: { ...schedule, nextRunId: run.id, nextAt: scheduledFor },
    run,
    job: toJob(making, schedule, run, scheduledFor),
  }
}

/** The job of a run, to be done at that time. */
export function toJob(
  { now, newId, newTraceId }: RunMaking,
  { organisation, id: scheduleId, name }: Pick<ForecastSchedule, "organisation" | "id" | "name">,
  { id: runId }: ForecastRun,
  runAt: number,
): NewJob {
  const createdAt = now()
  return {
    id: newId(createdAt),
    organisation,
    kind: "forecast",
    target: name,
    // As other jobs have it: a reference, and what it is about.
    payload: `${name}\n${JSON.stringify({ scheduleId, runId } satisfies RunReference)}`,
    priority: 0,
    weight: 1,
    runAt: Math.max(runAt, createdAt),
    deadlineAt: null,
    maxAttempts: runRetry.attempts,
    traceId: newTraceId(),
    originId: null,
    flow: null,
    idempotency: null,
    leasedUntil: null,
    createdAt,
  }
}

/** Reads what a job names; a dead letter may be sent again with anything. */
export function readReference(payload: string): RunReference {
  const read: unknown = readJson(payload.slice(payload.indexOf("\n") + 1), null)
  const text = (name: keyof RunReference) => {
    const value: unknown = isRecord(read) ? read[name] : undefined
    return typeof value === "string" ? value : ""
  }
  return { scheduleId: text("scheduleId"), runId: text("runId") }
}
