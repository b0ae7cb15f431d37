import type { DigestPeriod } from "../../model/digest.ts"
import type { TimeRange } from "../../model/metrics.ts"

const dayMs = 86_400_000
/** The first Monday after 1970 began. */
const firstMonday = 4 * dayMs

/** Where the period begins that a moment is in. */
function startOf(every: DigestPeriod, at: number): number {
  if (every === "day") return Math.floor(at / dayMs) * dayMs
  if (every === "week") return Math.floor((at - firstMonday) / (7 * dayMs)) * 7 * dayMs + firstMonday
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

/** The last period that is over. */
export function lastPeriod(every: DigestPeriod, now: number): TimeRange {
  const to = startOf(every, now)
  return { from: startOf(every, to - 1), to }
}

/** When the period is to be reported on that a moment is in: `hour` hours after its end. */
export function reportAt(every: DigestPeriod, at: number, hour: number): number {
  const longest = { day: 1, week: 7, month: 31 }[every] * dayMs
  return startOf(every, startOf(every, at) + longest) + hour * 3_600_000
}
