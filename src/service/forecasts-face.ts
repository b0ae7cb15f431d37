import type { BackendDescription } from "../forecast/backend.ts"
import type {
  ForecastAccuracy,
  ForecastEvaluation,
  ForecastFilter,
  ForecastInput,
  ForecastSummary,
  SeriesForecast,
} from "../model/forecast.ts"
import type { ForecastRun, ForecastSchedule, ForecastScheduleInput } from "../model/forecast-schedule.ts"
import type { Page, PageInput } from "../model/page.ts"
import type { RangeInput } from "./metrics-face.ts"

/** What comes next of what was measured. `FN_001` where there is nothing of an id. */
export interface ForecastsFace {
  /**
   * Forecasts a series from its last steps, the present one left out, and keeps the answer. `FN_001` where nothing was measured
   * under the key, `FN_006` where a field cannot be, or too little was measured.
   */
  make(input: ForecastInput): Promise<SeriesForecast>
  get(id: string): Promise<SeriesForecast>
  /** Newest first, without their points. */
  list(filter?: ForecastFilter, page?: PageInput): Promise<Page<ForecastSummary>>
  /** Who may be asked, and what for. */
  backends(): readonly BackendDescription[]
  /** Holds a forecast against what came until now. `FN_006` where none of its steps is over, or nothing came. */
  evaluate(id: string): Promise<ForecastEvaluation>
  /**
   * How far forecasts that are over were from what came, by series and backend, and over time. They are evaluated by themselves, some minutes
   * after their end. `range` is of when they were made. @default the last 30 days
   */
  accuracy(filter?: ForecastFilter & { readonly range?: RangeInput }): Promise<readonly ForecastAccuracy[]>
  readonly schedules: {
    /** `FN_006` where it is not valid, or its name is taken. */
    create(schedule: ForecastScheduleInput): Promise<ForecastSchedule>
    /** All of them, in the order in which they were made. */
    list(): Promise<readonly ForecastSchedule[]>
    get(id: string): Promise<ForecastSchedule>
    /** A run that is under way goes on. */
    pause(id: string): Promise<ForecastSchedule>
    /** It runs again from now on; what came meanwhile is over. */
    resume(id: string): Promise<ForecastSchedule>
    /** Its runs and forecasts stay until they are old. */
    remove(id: string): Promise<void>
    /** Newest first: the first is the one that is to come. */
    runs(id: string, page?: PageInput): Promise<Page<ForecastRun>>
    /** Has a run that has failed begin again. `FN_006` where it has not. */
    retry(id: string, runId: string): Promise<ForecastRun>
  }
}
