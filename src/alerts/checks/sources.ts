import type { MetricFigures, MetricPoint, MetricSeries, TimeRange } from "../../model/metrics.ts"

/** Some series put together. */
export interface SeriesReading {
  /** Of all values from `from` to before `to`, which MUST be steps' ends. */
  figures(from: number, to: number): MetricFigures
  /** Steps with values, oldest first. */
  readonly points: readonly MetricPoint[]
}

/** What was measured, by all processes. */
export interface SeriesSource {
  /** Those of a key that the organisation has. */
  list(organisation: string, key: string): Promise<readonly MetricSeries[]>
  /** Reads some groups of series, in their order. A step is a minute, five, an hour or a day; the range's ends are steps' ends. */
  read(
    organisation: string,
    groups: readonly (readonly MetricSeries[])[],
    stepMs: number,
    range: TimeRange,
  ): Promise<readonly SeriesReading[]>
}

/** What comes next. */
export interface Outlook {
  /** One value for each point. */
  readonly mean: readonly number[]
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  /** What made it. */
  readonly backend: string
}

/** Forecasts the next `horizon` points of a history, oldest first, in which null is a gap; `level` is in percent. */
export type ForecastOf = (
  organisation: string,
  request: {
    readonly history: readonly (number | null)[]
    readonly horizon: number
    readonly seasonLength: number
    readonly level: number
  },
) => Promise<Outlook>
