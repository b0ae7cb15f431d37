import { at, medianOf } from "../numbers.ts"
import type { Method } from "./method.ts"

/** Repeats the last season; the last value where there is none. A history shorter than the season repeats as a whole. */
export const seasonalNaive: Method = {
  name: "seasonal-naive",
  least: 1,
  fit: (_learnt, seasons) => (values, origin, horizon) => {
    const period = Math.min(seasons.short, origin)
    return Float64Array.from({ length: horizon }, (_, lead) => at(values, origin - period + (lead % period)))
  },
}

/** The median of what was at the same place of the last seven seasons, or of the last four long ones. */
export const seasonalProfile: Method = {
  name: "seasonal-profile",
  least: 4,
  leastSeasons: 2,
  fit:
    (_learnt, { short, long }) =>
    (values, origin, horizon) => {
      const period = long ?? short
      const repeats = long === undefined ? 7 : 4
      // Where a season has many points, neighbours tell of the same place.
      const beside = short >= 96 ? Math.floor(short / 96) : 0
      const profile = Float64Array.from({ length: Math.min(period, horizon) }, (_, lead) => {
        const same: number[] = []
        for (let repeat = 1; repeat <= repeats; repeat++) {
          const place = origin - period * repeat + lead
          for (let index = Math.max(0, place - beside); index <= Math.min(origin - 1, place + beside); index++) {
            same.push(at(values, index))
          }
        }
        return same.length > 0 ? medianOf(same) : at(values, origin - 1)
      })
      return Float64Array.from({ length: horizon }, (_, lead) => at(profile, lead % period))
    },
}
