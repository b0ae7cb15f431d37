import type { ForecastStatistic, ForecastStep } from "../../model/forecast.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A length of steps, and what goes with it. */
interface StepSettings {
  readonly ms: number
  /** How far back the history goes, in milliseconds: so many seasons as tell one from another. */
  readonly historyMs: number
  /** After how many steps the series is likely to repeat itself: a day, and for days a week. */
  readonly season: number
}

/** The lengths of steps by name. */
export const stepSettings: Readonly<Record<ForecastStep, StepSettings>> = {
  "1m": { ms: minuteMs, historyMs: 4 * dayMs, season: 1440 },
  "5m": { ms: 5 * minuteMs, historyMs: 7 * dayMs, season: 288 },
  "1h": { ms: hourMs, historyMs: 56 * dayMs, season: 24 },
  "1d": { ms: dayMs, historyMs: 400 * dayMs, season: 7 },
}

/** Whether a step in which nothing was measured is 0, rather than unknown. */
export function isZeroWhereEmpty(statistic: ForecastStatistic): boolean {
  return statistic === "count" || statistic === "sum"
}

/** The season of a step where the history holds two of them; else 1, which has the values themselves tell. */
export function seasonOf(step: ForecastStep, historyLength: number): number {
  const { season } = stepSettings[step]
  return historyLength >= 2 * season ? season : 1
}
