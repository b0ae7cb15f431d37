import { type AlertSeverity, alertSeverities } from "../model/severity.ts"
import { isRecord } from "../util/is-record.ts"

/** Days of the week. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const

/** Hours in which a channel is left alone. */
export interface QuietHours {
  /** `HH:MM`, by the clocks of `timezone`. */
  readonly from: string
  /** `HH:MM`; where it is not after `from`, that of the next day. */
  readonly to: string
  /** An IANA name, such as `Europe/Berlin`. @default "UTC" */
  readonly timezone?: string
  /** The days on which they begin. @default all of them */
  readonly days?: readonly (typeof weekdays)[number][]
  /** More urgent alerts are told at any hour. @default "high" */
  readonly upTo?: AlertSeverity
}

const minuteMs = 60_000
const dayMinutes = 1440

const known: { readonly [Key in keyof Required<QuietHours>]: true } = {
  ...{ from: true, to: true, timezone: true, days: true, upTo: true },
}

/** Says what is wrong with quiet hours; undefined where nothing is. */
export function whyNoQuietHours(given: QuietHours): string | undefined {
  if (!isRecord(given as unknown)) return "must be an object with from and to"
  const mistyped = Object.keys(given).find((key) => !Object.hasOwn(known, key))
  if (mistyped !== undefined) return `${mistyped} is not known: there are ${Object.keys(known).join(", ")}`
  const { from, to, timezone = "UTC", days = [], upTo } = given
  if (minutesOf(from) === undefined) return `from must be HH:MM, not "${from}"`
  if (minutesOf(to) === undefined) return `to must be HH:MM, not "${to}"`
  if (upTo !== undefined && !alertSeverities.includes(upTo)) return `upTo must be one of ${alertSeverities.join(", ")}`
  if (!Array.isArray(days)) return `days must be a list of ${weekdays.join(", ")}`
  const unknown = days.find((day) => !weekdays.includes(day))
  if (unknown !== undefined) return `days must be of ${weekdays.join(", ")}, not "${unknown}"`
  try {
    clockOf(timezone)
  } catch {
    return `timezone "${timezone}" is not known`
  }
  return undefined
}

/** When the quiet hours end that this moment is in, to the minute; the moment itself where it is in none. */
export function endOfQuiet({ from, to, timezone = "UTC", days = weekdays }: QuietHours, now: number): number {
  const begins = minutesOf(from) ?? 0
  const ends = minutesOf(to) ?? 0
  const lasts = (ends - begins + dayMinutes) % dayMinutes || dayMinutes
  const clock = clockOf(timezone)
  const { day, minutes } = clock(now)
  // Those that began today, and those of yesterday that go on.
  for (const ago of [0, 1]) {
    const since = minutes - begins + ago * dayMinutes
    const began = weekdays[(day - ago + 7) % 7]
    if (since < 0 || since >= lasts || began === undefined || !days.includes(began)) continue
    const end = Math.floor(now / minuteMs) * minuteMs + (lasts - since) * minuteMs
    // Clocks may be put forward or back meanwhile.
    const left = (at: number) => ((ends - clock(at).minutes + dayMinutes * 1.5) % dayMinutes) - dayMinutes / 2
    let at = end + left(end) * minuteMs
    // Where clocks are put forward past the end, it is when they are.
    while (left(at) > 0) at += minuteMs
    return at
  }
  return now
}

function minutesOf(time: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time)
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined
}

type Clock = (at: number) => { readonly day: number; readonly minutes: number }

/** Reads a zone's clocks; `RangeError` where there is no such zone. */
function clockOf(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  })
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const day = (weekdays as readonly (string | undefined)[]).indexOf(parts.weekday?.toLowerCase())
    return { day, minutes: Number(parts.hour) * 60 + Number(parts.minute) }
  }
}
