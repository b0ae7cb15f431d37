import type { ForecastPoint } from "../../../../src/model/forecast.ts"

/** Points as they are written down: their times follow from the first one and the step. */
interface WrittenPoints {
  readonly from: number
  readonly stepMs: number
  readonly values: readonly number[]
  readonly intervals: Readonly<Record<string, { readonly lower: readonly number[]; readonly upper: readonly number[] }>>
}

/** So many digits tell values apart that no chart and no error figure does. */
const digits = 9

/** Writes points down in a third of the room. */
export function writePoints(points: readonly ForecastPoint[]): string {
  const [first, second] = points
  const from = first?.at ?? 0
  const levels = Object.keys(first?.intervals ?? {})
  const bounds = (level: string, side: "lower" | "upper") =>
    points.map(({ intervals }) => rounded(intervals[Number(level)]?.[side] ?? 0))
  return JSON.stringify({
    from,
    stepMs: (second?.at ?? from) - from,
    values: points.map(({ value }) => rounded(value)),
    intervals: Object.fromEntries(
      levels.map((level) => [level, { lower: bounds(level, "lower"), upper: bounds(level, "upper") }]),
    ),
  } satisfies WrittenPoints)
}

/** Reads them. */
export function readPoints(text: string): readonly ForecastPoint[] {
  const { from, stepMs, values, intervals } = JSON.parse(text) as WrittenPoints
  const levels = Object.entries(intervals)
  return values.map((value, index) => ({
    at: from + index * stepMs,
    value,
    intervals: Object.fromEntries(
      levels.map(([level, { lower, upper }]) => [
        level,
        { lower: lower[index] ?? value, upper: upper[index] ?? value },
      ]),
    ),
  }))
}

function rounded(value: number): number {
  return Number(value.toPrecision(digits))
}
