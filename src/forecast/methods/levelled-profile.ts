import { at, medianOf } from "../numbers.ts"
import type { Method, Seasons } from "./method.ts"

/** How many neighbours on each side of a place are looked at, at most. */
const mostBeside = 3

/**
 * The median of what was around the same place of the last fourteen seasons, or of the last four long ones, moved by how the
 * last quarter of a season was against its own medians: by their ratio to the power of `share`, or by `share` of their
 * difference where a ratio says nothing (at zero, and with values below). A share below 1 takes some of what is odd about now
 * for passing.
 */
export function levelledProfile(name: string, share: number): Method {
  return {
    name,
    least: 4,
    leastSeasons: 2,
    suits: ({ short }) => short > 1,
    fit: (_learnt, seasons) => (values, origin, horizon) => {
      const usual = usualBefore(values, origin, seasons)
      const window = Math.max(1, Math.round(seasons.short / 4))
      const recent = values.subarray(origin - window, origin)
      const ratios = values.subarray(0, origin).every((value) => value >= 0)
      const before = recent.map((_, index) => usual(origin - window + index))
      const move = mover(medianOf(recent), medianOf(before), ratios, share)
      const period = seasons.long ?? seasons.short
      const profile = Float64Array.from({ length: Math.min(period, horizon) }, (_, lead) => move(usual(origin + lead)))
      return Float64Array.from({ length: horizon }, (_, lead) => at(profile, lead % period))
    },
  }
}

/** What is usual at a place, as far as the values before the origin tell. */
function usualBefore(values: Float64Array, origin: number, { short, long }: Seasons): (place: number) => number {
  const period = long ?? short
  const repeats = long === undefined ? 14 : 4
  const beside = Math.floor(short / 48)
  const apart = Math.max(1, Math.floor(beside / mostBeside))
  return (place) => {
    const same: number[] = []
    for (let repeat = 1; repeat <= repeats && repeat * period <= place; repeat++) {
      const middle = place - repeat * period
      for (let index = middle - beside; index <= middle + beside; index += apart) {
        if (index >= 0 && index < origin) same.push(at(values, index))
      }
    }
    return same.length > 0 ? medianOf(same) : at(values, origin - 1)
  }
}

/** The ratio is that of a few values: no more than fourfold is believed. */
function mover(level: number, usual: number, ratios: boolean, share: number): (value: number) => number {
  if (ratios && level > 0 && usual > 0) {
    const factor = Math.min(4, Math.max(1 / 4, level / usual)) ** share
    return (value) => value * factor
  }
  return (value) => value + share * (level - usual)
}
