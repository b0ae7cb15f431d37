import { deviationsOfHour } from "../methods/hourly-pattern.ts"
import { at, medianOf } from "../numbers.ts"
import type { Alternative } from "./alternative.ts"

/** How many neighbours on each side of a point are looked at, at most. */
const mostBeside = 12

/**
 * The median of the path within an hour on either side, and on top of it how far each place of an hour usually is from the
 * middle one: the level as all methods say it, and the hour as it has been.
 */
export const hoursAlike: Alternative = (path, values, origin, seasons) => {
  const apart = deviationsOfHour(values, origin, seasons)
  if (apart === undefined) return undefined
  const hour = apart.length
  const step = Math.max(1, Math.floor(hour / mostBeside))
  return path.map((_, lead) => {
    const near: number[] = []
    for (let index = lead - hour; index <= lead + hour; index += step) {
      if (index >= 0 && index < path.length) near.push(at(path, index))
    }
    return medianOf(near) + at(apart, lead % hour)
  })
}
