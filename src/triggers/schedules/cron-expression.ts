import { CronExpressionParser } from "cron-parser"
import { createCronDays } from "./cron-days.ts"

/** The times of an expression on a clock that is never changed. */
export interface CronExpression {
  /** The first time after this one that fits, written as if it were UTC. */
  next(wallTime: number): number
  /** Whether it is for a stretch of time rather than for single times of day: hours, minutes or seconds have `*`, a range or a step. */
  readonly isInterval: boolean
  /** Whether it is for every hour of the day. */
  readonly isHourly: boolean
}

/** Words for expressions, in any case of letters. */
const macros: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
  "@every_minute": "* * * * *",
  "@every_second": "* * * * * *",
}

const number = "[0-9]{1,2}"
const month = `(?:${number}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`
const weekday = `(?:${number}|sun|mon|tue|wed|thu|fri|sat)`

/** What stands between the commas of each field. The library would take more: random values, for one, which differ in each process. */
const fields = [
  { name: "seconds", value: number, special: "", size: 60 },
  { name: "minutes", value: number, special: "", size: 60 },
  { name: "hours", value: number, special: "", size: 24 },
  { name: "day of month", value: number, special: "|l", size: 31 },
  { name: "month", value: month, special: "", size: 12 },
  { name: "day of week", value: weekday, special: `|${weekday}l|${weekday}#[1-5]`, size: 7 },
] as const

const patterns = fields.map(
  ({ value, special }) => new RegExp(`^(?:(?:[*?]|${value}(?:-${value})?)(?:/(?<step>[0-9]{1,4}))?${special})$`),
)

/** Reads an expression of five or six fields, or one of the words such as `@daily`; throws a `SyntaxError` where it is none, or never fits. */
export function parseCronExpression(text: string): CronExpression {
  const lower = text.trim().toLowerCase()
  const written = (macros[lower] ?? lower).split(/\s+/)
  if (lower.startsWith("@") && macros[lower] === undefined) {
    throw new SyntaxError(`must be one of ${Object.keys(macros).join(", ")}, or have five or six fields`)
  }
  if (written.length !== 5 && written.length !== 6) {
    throw new SyntaxError(
      "must have five fields (minute, hour, day of month, month, day of week), or six with seconds first",
    )
  }
  const six = written.length === 5 ? ["0", ...written] : written
  for (const [index, field] of six.entries()) checkField(field, index)
  // The library knows the last day by its capital alone.
  const parsed = parse(
    six.map((field, index) => (index === 3 || index === 5 ? field.replace(/l(?=,|$)/g, "L") : field)).join(" "),
  )
  const [second = "", minute = "", hour = ""] = six
  const days = createCronDays(parsed.fields)
  const lastOfDay = lastTimeOf(parsed.fields)
  return {
    isInterval: [second, minute, hour].some((field) => /[*?/-]/.test(field)),
    isHourly: parsed.fields.hour.values.length === 24,
    next(wallTime) {
      const today = Math.floor(wallTime / dayMs) * dayMs
      const isDone = wallTime >= today + lastOfDay
      const day = days.firstFrom(isDone ? today + dayMs : today)
      // A second before it, because what is found comes after.
      parsed.reset(new Date(day === null ? wallTime : Math.max(wallTime, day - 1000)))
      return parsed.next().getTime()
    },
  }
}

const dayMs = 86_400_000

/** The last time of a day that fits, in milliseconds from its beginning. */
function lastTimeOf({ hour, minute, second }: ReturnType<typeof parse>["fields"]): number {
  const last = (values: readonly number[]) => Math.max(...values)
  return ((last(hour.values) * 60 + last(minute.values)) * 60 + last(second.values)) * 1000
}

function checkField(field: string, index: number): void {
  const { name, size } = fields[index] ?? fields[0]
  for (const part of field.split(",")) {
    const match = patterns[index]?.exec(part)
    if (!match) throw new SyntaxError(`has "${part.slice(0, 40)}" for ${name}, which is not understood there`)
    const step = match.groups?.step
    if (step === undefined) continue
    if (Number(step) < 1 || Number(step) >= size) {
      throw new SyntaxError(`has a step of ${step} for ${name}, which must be from 1 to ${size - 1}`)
    }
  }
}

function parse(text: string): ReturnType<typeof CronExpressionParser.parse> {
  try {
    return CronExpressionParser.parse(text, { tz: "UTC" })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (reason.includes("explicit day of month")) throw new SyntaxError("never fits: its months have no such day")
    throw new SyntaxError(`is not an expression: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`)
  }
}
