import { at, meanOf } from "../numbers.ts"
import type { Method } from "./method.ts"

/** How fast level, trend and season follow, and how fast the trend dies away. */
interface Rates {
  readonly level: number
  readonly trend: number
  readonly season: number
  readonly damping: number
}

interface State {
  level: number
  trend: number
  /** By place in the season. */
  readonly seasonal: Float64Array
  /** The mean absolute error one step ahead. */
  error: number
}

const grid: Readonly<Record<keyof Rates, readonly number[]>> = {
  level: [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1],
  trend: [0, 0.005, 0.02, 0.05, 0.1, 0.25],
  season: [0.02, 0.05, 0.1, 0.2, 0.4, 0.7],
  damping: [0.8, 0.9, 0.95, 0.98],
}

const start: Rates = { level: 0.2, trend: 0, season: 0.1, damping: 0.9 }

/**
 * Exponential smoothing with a damped trend and an additive season, in the form that corrects errors (Gardner and McKenzie,
 * 1985; Hyndman and others, Forecasting with Exponential Smoothing, 2008, model A,Ad,A). The rates are those of a grid, one
 * after the other, that err least one step ahead.
 */
export const exponentialSmoothing: Method = {
  name: "exponential-smoothing",
  least: 4,
  fit(learnt, { short }) {
    const period = learnt.length >= 2 * short ? short : 1
    const rates = chooseRates(learnt, period)
    return (values, origin, horizon) => {
      const { level, trend, seasonal } = smooth(values, origin, period, rates)
      let drift = 0
      let damped = 1
      return Float64Array.from({ length: horizon }, (_, lead) => {
        damped *= rates.damping
        drift += damped * trend
        return level + drift + at(seasonal, (origin + lead) % period)
      })
    }
  },
}

function chooseRates(values: Float64Array, period: number): Rates {
  let best = start
  let error = smooth(values, values.length, period, best).error
  for (let round = 0; round < 2; round++) {
    for (const rate of Object.keys(grid) as (keyof Rates)[]) {
      if (rate === "season" && period === 1) continue
      for (const value of grid[rate]) {
        const tried = { ...best, [rate]: value }
        const found = smooth(values, values.length, period, tried).error
        if (found >= error) continue
        best = tried
        error = found
      }
    }
  }
  return best
}

function smooth(values: Float64Array, end: number, period: number, rates: Rates): State {
  const { level: levelRate, trend: trendRate, season: seasonRate, damping } = rates
  const state = firstState(values, end, period)
  let { level, trend } = state
  let sum = 0
  for (let index = 0; index < end; index++) {
    const place = index % period
    const expected = level + damping * trend
    const error = at(values, index) - expected - at(state.seasonal, place)
    if (index >= period) sum += Math.abs(error)
    level = expected + levelRate * error
    trend = damping * trend + trendRate * error
    if (period > 1) state.seasonal[place] = at(state.seasonal, place) + seasonRate * (1 - levelRate) * error
  }
  return { level, trend, seasonal: state.seasonal, error: sum / Math.max(1, end - period) }
}

/** The mean of the first two seasons, and how far each place is from it. */
function firstState(values: Float64Array, end: number, period: number): State {
  const seasonal = new Float64Array(period)
  if (period === 1) return { level: at(values, 0), trend: 0, seasonal, error: 0 }
  const repeats = Math.min(2, Math.floor(end / period))
  const level = meanOf(values.subarray(0, repeats * period))
  for (let index = 0; index < repeats * period; index++) {
    const place = index % period
    seasonal[place] = at(seasonal, place) + (at(values, index) - level) / repeats
  }
  return { level, trend: 0, seasonal, error: 0 }
}
