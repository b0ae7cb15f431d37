import type { ThresholdCondition } from "../../model/alert-condition.ts"
import { crosses, operatorWords } from "../compare.ts"
import type { Group } from "./groups.ts"
import { describe, readValue, show, showSpan, toMeasure } from "./measure.ts"
import { nameOf, type Occasion, seriesOccasion } from "./occasion.ts"
import type { SeriesReading } from "./sources.ts"
import { stepOf, windowOf } from "./steps.ts"

/** How far back a condition looks from where the last window ends. */
export function thresholdReachMs(condition: ThresholdCondition): number {
  const { forMs = 0 } = condition
  return windowOf(condition) + Math.max(0, forMs - stepOf(condition))
}

/** Whether each of the windows that ended in the last `forMs`, up to `end`, has crossed the threshold. */
export function judgeThreshold(
  condition: ThresholdCondition,
  group: Group,
  reading: SeriesReading,
  end: number,
): Occasion | undefined {
  const { operator, threshold, forMs = 0 } = condition
  const measure = toMeasure(condition)
  const [stepMs, windowMs] = [stepOf(condition), windowOf(condition)]
  let last: { readonly value: number; readonly count: number } | undefined
  // The newest first: where that one is well, the others need not be put together.
  for (let back = 0; back === 0 || back < forMs; back += stepMs) {
    const from = end - back - windowMs
    const figures = reading.figures(from, end - back)
    const value = readValue(measure, figures, from >= group.since)
    if (value === null || !crosses(operator, value, threshold)) return undefined
    last ??= { value, count: figures.count }
  }
  if (!last) return undefined
  const held = forMs > stepMs ? `, for ${showSpan(forMs)}` : ""
  const than = `${operatorWords[operator]} ${show(measure, threshold)}`
  return seriesOccasion({
    message: `${describe(measure, nameOf(group))} was ${show(measure, last.value)} in ${showSpan(windowMs)}, ${than}${held}.`,
    value: last.value,
    at: end,
    finding: {
      type: "threshold",
      key: measure.key,
      dimensions: group.dimensions,
      statistic: measure.statistic,
      window: { from: end - windowMs, to: end },
      count: last.count,
    },
  })
}
