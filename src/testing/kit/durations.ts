/** A length of time: milliseconds, or a number with its unit, such as `"30d"`, `"1.5h"` or `"250ms"`. */
export type Duration = number | `${number}${Unit}`

/** Milliseconds, seconds, minutes, hours, days of 24 hours, weeks. */
type Unit = "ms" | "s" | "m" | "h" | "d" | "w"

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** The whole milliseconds of a length of time, as the times of all that is kept are; `RangeError` where it is none. */
export function toMs(duration: Duration): number {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(String(duration)) ?? []
  const ms = typeof duration === "number" ? duration : Number(count) * (unitMs[unit] ?? Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return Math.round(ms)
  throw new RangeError(
    `Cannot move the clock by "${duration}": write milliseconds, or such as "90s", "15m", "2h", "30d".`,
  )
}

/** The epoch milliseconds of a time; `RangeError` where it is none. */
export function toTime(time: Date | number | string): number {
  const ms = new Date(time).getTime()
  if (Number.isFinite(ms)) return ms
  throw new RangeError(`Cannot read the time "${String(time)}": write a date, such as "2026-01-31T12:00:00Z".`)
}
