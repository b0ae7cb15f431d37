import type { RateCondition } from "../../model/alert-condition.ts"
import type { Group } from "./groups.ts"
import { describe, readValue, show, showSpan, toMeasure } from "./measure.ts"
import { nameOf, type Occasion, seriesOccasion } from "./occasion.ts"
import type { SeriesReading } from "./sources.ts"
import { stepOf, windowOf } from "./steps.ts"

const unitMs = { minute: 60_000, hour: 3_600_000 } as const

/** Whether the series changes too fast in the window that ends at `end`. */
export function judgeRate(
  condition: RateCondition,
  group: Group,
  reading: SeriesReading,
  end: number,
): Occasion | undefined {
  const { maximum, per, direction = "both" } = condition
  const measure = toMeasure(condition)
  const [stepMs, windowMs] = [stepOf(condition), windowOf(condition)]
  const from = end - windowMs
  const points: { readonly at: number; readonly value: number }[] = []
  for (let at = from; at < end; at += stepMs) {
    const value = readValue(measure, reading.figures(at, at + stepMs), at >= group.since)
    if (value !== null) points.push({ at, value })
  }
  const slope = slopeOf(points)
  if (slope === undefined) return undefined
  const rate = slope * unitMs[per]
  const tooFast = direction === "both" ? Math.abs(rate) : direction === "up" ? rate : -rate
  if (!(tooFast > maximum)) return undefined
  const way = rate < 0 ? "falls" : "grows"
  const speed = `${show(measure, Math.abs(rate))} a ${per}`
  return seriesOccasion({
    message: `${describe(measure, nameOf(group))} ${way} by ${speed} in ${showSpan(windowMs)}, over ${show(measure, maximum)}.`,
    value: rate,
    at: end,
    finding: {
      type: "rate",
      key: measure.key,
      dimensions: group.dimensions,
      statistic: measure.statistic,
      window: { from, to: end },
      rate,
      per,
    },
  })
}

/** The slope of the line through the points, by least squares, in units of the value for a millisecond. */
function slopeOf(points: readonly { readonly at: number; readonly value: number }[]): number | undefined {
  if (points.length < 2) return undefined
  const meanAt = points.reduce((sum, { at }) => sum + at / points.length, 0)
  const meanValue = points.reduce((sum, { value }) => sum + value / points.length, 0)
  let [along, squared] = [0, 0]
  for (const { at, value } of points) {
    along += (at - meanAt) * (value - meanValue)
    squared += (at - meanAt) ** 2
  }
  return along / squared
}
