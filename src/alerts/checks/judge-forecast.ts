import type { ForecastCondition } from "../../model/alert-condition.ts"
import { crosses, operatorWords } from "../compare.ts"
import { iso } from "../iso.ts"
import type { Group } from "./groups.ts"
import { describe, readValue, show, toMeasure } from "./measure.ts"
import { nameOf, type Occasion, seriesOccasion } from "./occasion.ts"
import type { ForecastOf, Outlook, SeriesReading } from "./sources.ts"
import { stepOf } from "./steps.ts"

const hourMs = 3_600_000
const dayMs = 86_400_000

/** Fewer values say nothing of what comes. */
const minPoints = 12

/** How much of the past a forecast is made of: a week of steps of five minutes, four of hours. */
export function forecastReachMs(condition: ForecastCondition): number {
  return stepOf(condition) < hourMs ? 7 * dayMs : 28 * dayMs
}

/** Whether the series is going to cross the threshold. */
export async function judgeForecast(
  condition: ForecastCondition,
  { organisation, group, forecastOf }: { organisation: string; group: Group; forecastOf: ForecastOf },
  reading: SeriesReading,
  end: number,
): Promise<Occasion | undefined> {
  const { operator, threshold, horizonHours, level = 95, when = "expected" } = condition
  const measure = toMeasure(condition)
  const stepMs = stepOf(condition)
  const first = reading.points[0]?.at ?? end
  const history: (number | null)[] = []
  for (let at = first; at < end; at += stepMs)
    history.push(readValue(measure, reading.figures(at, at + stepMs), at >= group.since))
  if (history.filter((value) => value !== null).length < minPoints) return undefined
  const horizon = Math.round((horizonHours * hourMs) / stepMs)
  const daily = dayMs / stepMs
  const seasonLength = history.length >= 2 * daily ? daily : 1
  const outlook = await forecastOf(organisation, { history, horizon, seasonLength, level })
  const line = lineOf(outlook, operator, when)
  const index = line.findIndex((value) => crosses(operator, value, threshold))
  const [mean, lower, upper] = [outlook.mean[index], outlook.lower[index], outlook.upper[index]]
  if (mean === undefined || lower === undefined || upper === undefined) return undefined
  const breachAt = end + index * stepMs
  const expected = `${show(measure, mean)} expected, from ${show(measure, lower)} to ${show(measure, upper)} by ${level} %`
  return seriesOccasion({
    message: `${describe(measure, nameOf(group))} will be ${operatorWords[operator]} ${show(measure, threshold)} at ${iso(breachAt)}: ${expected}.`,
    value: mean,
    at: end,
    finding: {
      type: "forecast",
      key: measure.key,
      dimensions: group.dimensions,
      statistic: measure.statistic,
      breachAt,
      mean,
      lower,
      upper,
      level,
      backend: outlook.backend,
    },
  })
}

/** What has to cross: going up, the upper end is there first, and the lower one last. */
function lineOf(
  { mean, lower, upper }: Outlook,
  operator: ForecastCondition["operator"],
  when: NonNullable<ForecastCondition["when"]>,
): readonly number[] {
  if (when === "expected") return mean
  const isUpwards = operator === "gt" || operator === "gte"
  return isUpwards === (when === "possible") ? upper : lower
}
