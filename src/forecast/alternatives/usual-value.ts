import { medianOf } from "../numbers.ts"
import type { Alternative } from "./alternative.ts"

/** What is usual is looked for among the values of a season, and no fewer than so many. */
const leastLooked = 48

/**
 * The value that more than half of the last season's were, for all that comes. What comes is then likely to be that, and a
 * path between it and rare bursts is wrong nearly everywhere.
 */
export const usualValue: Alternative = (path, values, origin, { short }) => {
  const last = values.subarray(Math.max(0, origin - Math.max(short, leastLooked)), origin)
  const usual = medianOf(last)
  const times = last.reduce((count, value) => (value === usual ? count + 1 : count), 0)
  return 2 * times > last.length ? path.map(() => usual) : undefined
}
