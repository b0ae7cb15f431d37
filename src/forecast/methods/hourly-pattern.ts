import { at, medianOf } from "../numbers.ts"
import type { Method, Seasons } from "./method.ts"

/** Of so many hours the pattern is learnt: two days. */
const repeats = 48

/** How many points an hour may have: they are whole minutes apart. An hour of fewer has no pattern worth a method. */
const ofAnHour = [4, 5, 6, 10, 12, 15, 20, 30, 60]
/** A season of so many hours is a day or a week; one that happens to be a multiple of 24 points is neither. */
const hours = [24, 7 * 24]

/**
 * The median of the last hour, and how far each place of an hour usually is from the median of its own hour: what runs by the
 * clock (jobs on the hour, every five minutes) shows there whatever the level. The season must be a day or
 * a week, of points a quarter of an hour apart or less.
 */
export const hourlyPattern: Method = {
  name: "hourly-pattern",
  least: 12,
  leastSeasons: 1,
  suits: (seasons) => hourOf(seasons) > 0,
  fit: (_learnt, seasons) => (values, origin, horizon) => {
    const hour = hourOf(seasons)
    const pattern = patternOf(values, origin, hour)
    const level = medianOf(pattern.map((usual, place) => at(values, origin - hour + place) - usual))
    return Float64Array.from({ length: horizon }, (_, lead) => level + at(pattern, lead % hour))
  },
}

/** How far each place of an hour usually is from the middle one; undefined where the season knows no hours. */
export function deviationsOfHour(values: Float64Array, origin: number, seasons: Seasons): Float64Array | undefined {
  const hour = hourOf(seasons)
  if (hour === 0) return undefined
  const pattern = patternOf(values, origin, hour)
  const middle = medianOf(pattern)
  return pattern.map((usual) => usual - middle)
}

/** How far each place of the last hours usually is from the median of its own hour. */
function patternOf(values: Float64Array, origin: number, hour: number): Float64Array {
  const count = Math.min(repeats, Math.floor(origin / hour))
  const apart = Array.from({ length: hour }, () => new Float64Array(count))
  for (let back = 1; back <= count; back++) {
    const start = origin - back * hour
    const level = medianOf(values.subarray(start, start + hour))
    apart.forEach((places, place) => {
      places[back - 1] = at(values, start + place) - level
    })
  }
  return Float64Array.from(apart, medianOf)
}

/** How many points an hour has; 0 where the season is neither a day nor a week. */
function hourOf({ short }: Seasons): number {
  return ofAnHour.find((points) => hours.some((season) => short === season * points)) ?? 0
}
