/** How far apart the points of a forecast may be. */
export const forecastSteps = ["1m", "5m", "1h", "1d"] as const

/** How far apart the points of a forecast are. */
export type ForecastStep = (typeof forecastSteps)[number]

/** What of each step may be forecast; as `metrics.query` answers it. */
export const forecastStatistics = ["count", "sum", "mean", "min", "max", "p50", "p95", "p99"] as const

/** What of each step is forecast. */
export type ForecastStatistic = (typeof forecastStatistics)[number]

/** What to forecast of what was measured. */
export interface ForecastInput {
  /** One of `function.*`, or what functions and the host have recorded under. */
  readonly key: string
  /** Of one function, by name or id. */
  readonly function?: string
  /** Series that have all of these, taken together; others may differ. */
  readonly dimensions?: Readonly<Record<string, string>>
  /** @default "mean" */
  readonly statistic?: ForecastStatistic
  readonly step: ForecastStep
  /** How many steps ahead: 1 to 720. */
  readonly horizon: number
  /** Of the intervals, in percent. @default [80, 95] */
  readonly levels?: readonly number[]
  /** Who forecasts; others answer where it cannot. @default that of the host */
  readonly backend?: string
  /** After how many steps the series repeats itself. @default by the step and by the series */
  readonly seasonLength?: number
}

/** A backend that could not answer, and why. */
export interface ForecastFallback {
  readonly backend: string
  readonly reason: string
}

/** One step that is to come. */
export interface ForecastPoint {
  /** Where the step begins, epoch milliseconds. */
  readonly at: number
  /** The most likely value. */
  readonly value: number
  /** By level, in percent. */
  readonly intervals: Readonly<Record<number, { readonly lower: number; readonly upper: number }>>
}

/** How far a forecast was from what came. */
export interface ForecastErrors {
  /** Points that were compared. */
  readonly count: number
  /** The mean absolute error, in units of the series. */
  readonly mae: number
  /** The root of the mean squared error, in units of the series. */
  readonly rmse: number
  /** The mean absolute error in percent of what came, over the points that were not 0; null where all of them were. */
  readonly mape: number | null
  /** By level, the share of points inside its interval, in percent; empty where only values were given. */
  readonly coverage: Readonly<Record<number, number>>
}

/** What became of a forecast. */
export interface ForecastEvaluation extends ForecastErrors {
  /** Epoch milliseconds. */
  readonly evaluatedAt: number
  /** Whether all of its steps were over by then. */
  readonly complete: boolean
}

/** A forecast of a series as it is kept. Times are epoch milliseconds. */
export interface SeriesForecast {
  readonly organisation: string
  readonly id: string
  readonly key: string
  /** Null where no function was named. */
  readonly functionId: string | null
  /** Those that were asked for. */
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: ForecastStatistic
  readonly step: ForecastStep
  readonly horizon: number
  /** In steps; 1 for none. */
  readonly seasonLength: number
  /** Who made it. */
  readonly backend: string
  /** The backends that were asked before and could not, in order; empty as a rule. */
  readonly fallbacks: readonly ForecastFallback[]
  /** What it was made from: whole steps, and how many of them had no value. */
  readonly history: { readonly from: number; readonly to: number; readonly steps: number; readonly gaps: number }
  /** Oldest first, one for each step of the horizon. */
  readonly points: readonly ForecastPoint[]
  readonly madeAt: number
  /** Where the last step ends. */
  readonly endsAt: number
  /** The schedule that it was made for; null where it was asked for. */
  readonly scheduleId: string | null
  /** Null until its last step is over, and where nothing came to compare it with. */
  readonly evaluation: ForecastEvaluation | null
}

/** A forecast as it is listed. */
export type ForecastSummary = Omit<SeriesForecast, "points">

/** Which forecasts are meant. */
export interface ForecastFilter {
  readonly key?: string
  /** By name or id. */
  readonly function?: string
  readonly backend?: string
  /** The id of a schedule. */
  readonly schedule?: string
}

/** The errors of several forecasts together. */
export interface AccuracyFigures extends ForecastErrors {
  /** How many forecasts. */
  readonly forecasts: number
}

/** How far the forecasts of one series by one backend were from what came. */
export interface ForecastAccuracy
  extends AccuracyFigures,
    Pick<SeriesForecast, "key" | "functionId" | "dimensions" | "statistic" | "step" | "backend"> {
  /** By the day on which they were made, UTC, oldest first. */
  readonly days: readonly (AccuracyFigures & {
    /** Such as `2026-10-31`. */
    readonly date: string
  })[]
  /**
   * How much the mean absolute error has grown from the older half of the forecasts to the newer one: 0.1 is by a tenth; null
   * where there are not two, or the older half was exact.
   */
  readonly trend: number | null
}
