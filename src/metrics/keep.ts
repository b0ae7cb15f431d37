import type { Resolution } from "../model/metrics.ts"
import type { Storage } from "../ports/storage.ts"
import { checkNumber } from "../util/check-number.ts"
import { mergeWindows } from "./read-points.ts"

/** For how long metrics are kept. */
export interface KeepOptions {
  /** The records of the calls themselves, by when they began. @default 30 days */
  readonly keepInvocationsMs?: number
  /** Windows of a minute, in milliseconds. @default 7 days */
  readonly keepMinutesMs?: number
  /** Windows of an hour. @default 90 days */
  readonly keepHoursMs?: number
  /** Windows of a day. @default 430 days: 13 months, and the one before for the trend */
  readonly keepDaysMs?: number
}

/** How long the windows of each resolution are kept, in milliseconds. */
export type KeepMs = Readonly<Record<Resolution, number>>

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
/** Another process may be late with what it has. Later ones are rolled up by themselves. */
const graceMs = 300_000

/** Fills in the defaults; `RangeError` where a finer resolution would be gone before it is rolled up. */
export function toKeepMs({
  keepMinutesMs = 7 * dayMs,
  keepHoursMs = 90 * dayMs,
  keepDaysMs = 430 * dayMs,
}: KeepOptions = {}): KeepMs {
  checkNumber("metrics.keepMinutesMs", keepMinutesMs, { least: hourMs })
  checkNumber("metrics.keepHoursMs", keepHoursMs, { least: dayMs })
  checkNumber("metrics.keepDaysMs", keepDaysMs, { least: dayMs })
  return { [minuteMs]: keepMinutesMs, [hourMs]: keepHoursMs, [dayMs]: keepDaysMs }
}

/**
 * Steps that roll up what is over and remove what is too old. Each does at most `limit` windows at a time, answers how many,
 * and may run in several processes at once.
 */
export function createUpkeep(
  { metrics: store, invocations }: Pick<Storage, "invocations" | "metrics">,
  keepMs: KeepMs,
  keepInvocationsMs: number,
  newId: (nowMs: number) => string,
): readonly ((now: number, limit: number) => Promise<number>)[] {
  const rollUp = (from: Resolution, to: Resolution) => (now: number, limit: number) => {
    const before = Math.floor((now - graceMs) / to) * to
    return store.rollUp({ from, to, before, limit, part: newId(now) }, mergeWindows)
  }
  const expire = (resolution: Resolution) => (now: number, limit: number) =>
    store.expire(resolution, now - keepMs[resolution], limit)
  return [
    rollUp(minuteMs, hourMs),
    rollUp(hourMs, dayMs),
    expire(minuteMs),
    expire(hourMs),
    expire(dayMs),
    // Seen is what was seen on that day.
    (now, limit) => store.expireSeries(now - keepMs[dayMs] - dayMs, limit),
    (now, limit) => invocations.expire(now - keepInvocationsMs, limit),
  ]
}
