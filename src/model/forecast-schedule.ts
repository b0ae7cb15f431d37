import type { ErrorCode } from "../errors/table.ts"
import type { ForecastInput } from "./forecast.ts"

/** A forecast to be made again and again. */
export interface ForecastScheduleInput extends ForecastInput {
  /** Unique in its organisation: 1 to 100 characters on one line. */
  readonly name: string
  /**
   * `"hourly"` (two minutes past), `"daily"` (two minutes past midnight), or a cron expression, at most once a minute; UTC.
   * Two minutes, because other processes write down later what they have measured.
   */
  readonly every: string
}

/** A schedule as it is kept. Times are epoch milliseconds. */
export interface ForecastSchedule {
  readonly organisation: string
  readonly id: string
  readonly name: string
  readonly every: string
  readonly request: ForecastInput
  readonly status: "active" | "paused"
  /** Its next run; both null while it is paused. */
  readonly nextRunId: string | null
  readonly nextAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

/**
 * How far a run is. `pending`: its time has not come, or nobody is free. `retrying`: a try has failed, and another one follows.
 */
export type ForecastRunStatus = "pending" | "running" | "retrying" | "completed" | "failed"

/** One time that a schedule has a forecast made. Times are epoch milliseconds. */
export interface ForecastRun {
  readonly organisation: string
  readonly id: string
  readonly scheduleId: string
  readonly status: ForecastRunStatus
  readonly scheduledFor: number
  /** Tries that were begun. */
  readonly attempts: number
  /** Of the last try. */
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** Of the last try that failed; null once one has succeeded. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
  /** What it has made; the id is that of the run. */
  readonly forecastId: string | null
}
