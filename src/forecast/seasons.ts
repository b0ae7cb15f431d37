import type { Seasons } from "./methods/method.ts"
import { at } from "./numbers.ts"

/** From this season on it is taken for a day, which a week of seven may go with. */
const shortestDay = 24

/** What values without a given season are tried for: days of a week, months, hours of a day, weeks of a year. */
const calendar = [7, 12, 24, 52]

/**
 * The seasons to work with: the given one and, of days, its week, where the history has three of them. Where none is given
 * (1), the period of the calendar whose changes are most alike from one season to the next, if they are.
 */
export function findSeasons(values: Float64Array, seasonLength: number): Seasons {
  if (seasonLength === 1) return { short: likelySeason(values) }
  const week = 7 * seasonLength
  return seasonLength >= shortestDay && values.length >= 3 * week
    ? { short: seasonLength, long: week }
    : { short: seasonLength }
}

function likelySeason(values: Float64Array): number {
  const steps = Float64Array.from(
    { length: Math.max(0, values.length - 1) },
    (_, i) => at(values, i + 1) - at(values, i),
  )
  let best = 1
  // Two standard errors of the correlation of chance.
  let correlation = 2 / Math.sqrt(steps.length)
  for (const period of calendar) {
    if (values.length < 2.5 * period) continue
    const found = correlationAt(steps, period)
    if (found <= correlation) continue
    best = period
    correlation = found
  }
  return best
}

function correlationAt(values: Float64Array, lag: number): number {
  let along = 0
  let own = 0
  for (let index = 0; index < values.length; index++) {
    own += at(values, index) ** 2
    if (index >= lag) along += at(values, index) * at(values, index - lag)
  }
  return own > 0 ? along / own : 0
}
