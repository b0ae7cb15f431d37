import { at, medianOf } from "../numbers.ts"
import type { Method } from "./method.ts"

/**
 * The median of the last values, for all that comes. With `every` above 1 it is one median for each place of so short a
 * cycle, such as values that alternate.
 */
export function recentLevel(name: string, count: number, every = 1): Method {
  return {
    name,
    least: every,
    fit: () => (values, origin, horizon) => {
      const levels = Float64Array.from({ length: every }, (_, place) => {
        const same: number[] = []
        for (let back = every - place; back <= Math.min(count, origin); back += every)
          same.push(at(values, origin - back))
        return medianOf(same)
      })
      return Float64Array.from({ length: horizon }, (_, lead) => at(levels, lead % every))
    },
  }
}
