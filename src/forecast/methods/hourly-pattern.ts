import { at, medianOf } from "../numbers.ts"
import type { Method, Seasons } from "./method.ts"

/** Of so many hours the pattern is learnt: two days. */
const repeats = 48

/** An hour of fewer points has no pattern worth a method. */
const least = 4

/**
 * The median of the last hour, and how far each place of an hour usually is from the median of its own hour: what runs by the
 * clock (jobs on the hour, every five minutes) shows there whatever the level. An hour is a 24th of a season of 96 points or
 * more.
 */
export const hourlyPattern: Method = {
  name: "hourly-pattern",
  least: 12,
  leastSeasons: 1,
  suits: (seasons) => hourOf(seasons) >= least,
  fit: (_learnt, seasons) => (values, origin, horizon) => {
    const hour = hourOf(seasons)
    const count = Math.min(repeats, Math.floor(origin / hour))
    const apart = Array.from({ length: hour }, () => new Float64Array(count))
    for (let back = 1; back <= count; back++) {
      const start = origin - back * hour
      const level = medianOf(values.subarray(start, start + hour))
      apart.forEach((places, place) => {
        places[back - 1] = at(values, start + place) - level
      })
    }
    const pattern = Float64Array.from(apart, medianOf)
    const level = medianOf(pattern.map((usual, place) => at(values, origin - hour + place) - usual))
    return Float64Array.from({ length: horizon }, (_, lead) => level + at(pattern, lead % hour))
  },
}

/** How many points an hour has if the season is a day; 0 where it has no whole number of them. */
function hourOf({ short }: Seasons): number {
  return short % 24 === 0 ? short / 24 : 0
}
