import type { ForecastEvaluation, ForecastSummary, SeriesForecast } from "../model/forecast.ts"
import type { ForecastRun, ForecastSchedule } from "../model/forecast-schedule.ts"
import type { NewJob } from "../model/job.ts"
import type { TimeRange } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** Which forecasts to list. */
export interface StoredForecastFilter {
  readonly key?: string
  readonly functionId?: string
  readonly backend?: string
  readonly scheduleId?: string
  /** Only those that were held against what came. */
  readonly evaluated?: true
  /** When they were made. */
  readonly made?: TimeRange
}

/** What becomes of a schedule. */
export interface ForecastScheduleChange {
  /** Null removes it; its runs stay. */
  readonly schedule: ForecastSchedule | null
  /** Runs that are added or changed. */
  readonly runs: readonly ForecastRun[]
  /** The id of a run that is taken back. */
  readonly takenBack?: string | undefined
  readonly jobs: readonly NewJob[]
}

/** Forecasts, the schedules that they are made by, and the runs of these. */
export interface ForecastStore {
  /** MUST change nothing where there is one of this id. */
  insert(forecast: SeriesForecast): Promise<void>
  find(organisation: string, id: string): Promise<SeriesForecast | null>
  /** Newest first, by id; the cursor is the last id. */
  list(organisation: string, filter: StoredForecastFilter, page: PageRequest): Promise<Page<ForecastSummary>>
  /** Of all organisations, those that ended before then and were not held against what came, the oldest first. */
  listDue(endedBefore: number, limit: number): Promise<readonly SeriesForecast[]>
  /** Keeps what became of a forecast; null where there was nothing to compare it with. */
  evaluate(organisation: string, id: string, at: number, evaluation: ForecastEvaluation | null): Promise<void>
  /** Removes those that were made before then, of all organisations; answers how many. */
  expire(madeBefore: number, limit: number): Promise<number>

  /** MUST answer false, and change nothing, where another schedule of the organisation has the name. */
  addSchedule(schedule: ForecastSchedule, run: ForecastRun, job: NewJob): Promise<boolean>
  findSchedule(organisation: string, id: string): Promise<ForecastSchedule | null>
  /** All of the organisation, sorted by id. */
  listSchedules(organisation: string): Promise<readonly ForecastSchedule[]>
  /**
   * Changes a schedule with its runs and their jobs, in one transaction. `change` is given the schedule and the run of that id,
   * null where there is none. MUST NOT run for one organisation twice at a time. Null, and nothing is changed, where
   * neither is there, or `change` answers null.
   */
  changeSchedule(
    organisation: string,
    id: string,
    runId: string | null,
    change: (schedule: ForecastSchedule | null, run: ForecastRun | null) => ForecastScheduleChange | null,
  ): Promise<ForecastScheduleChange | null>
  findRun(organisation: string, id: string): Promise<ForecastRun | null>
  /** Newest first, by id; the cursor is the last id. */
  listRuns(organisation: string, scheduleId: string, page: PageRequest): Promise<Page<ForecastRun>>
  /** Removes runs that ended before then, of all organisations; answers how many. */
  expireRuns(endedBefore: number, limit: number): Promise<number>
}
