import { at } from "../numbers.ts"
import type { Seasons } from "./method.ts"

/** What a value is explained by: earlier values, and the means of the last so many; both ascending. */
export interface LaggedTerms {
  readonly lags: Float64Array
  readonly windows: Float64Array
}

const daysOfWeek = 7

/** The terms for `count` values: the last few, and those around the same place of earlier seasons. Fewer where values are few. */
export function laggedTerms(count: number, { short, long }: Seasons, withMeans: boolean): LaggedTerms {
  const lags = new Set<number>()
  const recent = long === undefined && count > 400 ? 16 : 6
  for (let lag = 1; lag <= recent; lag++) lags.add(lag)
  if (short > 1) {
    const repeats = long === undefined ? 2 : Math.min(Math.round(long / short), daysOfWeek)
    for (let repeat = 1; repeat <= repeats; repeat++) {
      for (const beside of [-1, 0, 1]) lags.add(repeat * short + beside)
    }
  }
  const windows = new Set<number>()
  if (withMeans) for (const parts of [48, 24, 8, 4, 2, 1]) windows.add(Math.round(short / parts))
  const kept = fitting(lags, 1, count)
  // Fewer than six values for each term tell more of chance than of the series.
  return { lags: kept.subarray(0, Math.max(1, Math.floor(count / 6))), windows: fitting(windows, 3, count) }
}

function fitting(lengths: ReadonlySet<number>, least: number, count: number): Float64Array {
  const most = Math.min(count / 2, count - 10)
  return Float64Array.from([...lengths].filter((length) => length >= least && length <= most)).sort()
}

/** The first place that has all terms before it. */
export function firstExplained({ lags, windows }: LaggedTerms): number {
  return Math.max(lags.at(-1) ?? 0, windows.at(-1) ?? 0)
}

/** The terms of the values that have all of them before them: a column each, and a last one of ones. Lags are views of the series. */
export function termColumns(series: Float64Array, terms: LaggedTerms): readonly Float64Array[] {
  const first = firstExplained(terms)
  const rows = Math.max(0, series.length - first)
  const sums = runningSums(series, series.length)
  return [
    ...Array.from(terms.lags, (lag) => series.subarray(first - lag, first - lag + rows)),
    ...Array.from(terms.windows, (length) => {
      const means = new Float64Array(rows)
      for (let row = 0; row < rows; row++)
        means[row] = (at(sums, first + row) - at(sums, first + row - length)) / length
      return means
    }),
    new Float64Array(rows).fill(1),
  ]
}

/** The sums of the values before each of the first `end`, with room for all. */
function runningSums(series: Float64Array, end: number): Float64Array {
  const sums = new Float64Array(series.length + 1)
  for (let index = 0; index < end; index++) sums[index + 1] = at(sums, index) + at(series, index)
  return sums
}

/** Writes what the weights say from `from` on, each value from those before it, within bounds. */
export function extend(
  series: Float64Array,
  from: number,
  { lags, windows }: LaggedTerms,
  weights: Float64Array,
  bounds: { readonly low: number; readonly high: number },
): void {
  const sums = runningSums(series, from)
  for (let place = from; place < series.length; place++) {
    let value = at(weights, weights.length - 1)
    for (let index = 0; index < lags.length; index++) value += at(weights, index) * at(series, place - at(lags, index))
    for (let index = 0; index < windows.length; index++) {
      const length = at(windows, index)
      value += (at(weights, lags.length + index) * (at(sums, place) - at(sums, place - length))) / length
    }
    series[place] = Math.min(bounds.high, Math.max(bounds.low, value))
    sums[place + 1] = at(sums, place) + at(series, place)
  }
}
