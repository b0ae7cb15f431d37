import type { TimeRange } from "../../../src/model/metrics.ts"

/** The same range in whole milliseconds, which is what the columns hold. */
export function toWholeRange({ from, to }: TimeRange): TimeRange {
  return { from: toWhole(from), to: toWhole(to) }
}

/**
 * For whole numbers, "from 1.5 on" is "from 2 on", and "before 1.5" is "before 2". What is kept for ever is removed before
 * minus infinity, which no column of PostgreSQL can be compared with.
 */
export function toWhole(time: number): number {
  return Math.min(Math.max(Math.ceil(time), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}
