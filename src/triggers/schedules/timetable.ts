import { parseCronExpression } from "./cron-expression.ts"
import { createZone, type Zone } from "./zone.ts"

/** The instants of a schedule. */
export interface Timetable {
  /** The first instant after this one. */
  next(after: number): number
}

/** What is wrong with a schedule, and where. */
export class TimetableError extends SyntaxError {
  override readonly name = "TimetableError"
  readonly field: "expression" | "timezone"

  constructor(field: "expression" | "timezone", message: string) {
    super(message)
    this.field = field
  }
}

/** No clock is put back by more. */
const longestOverlapMs = 3 * 3_600_000

/**
 * The instants of a cron expression in a time zone; throws a `TimetableError` where the one is not understood or never
 * fits, or the other is not known.
 *
 * Where clocks are put forward, times that do not exist fall together on the first instant after them; an expression for
 * every hour goes without them. Where clocks are put back, single times of day come once, the first time that the clocks
 * show them, and intervals go on through both hours.
 */
export function createTimetable(expression: string, timezone: string): Timetable {
  const cron = readExpression(expression)
  const zone = readZone(timezone)

  /** What comes after a change within the time that is to be shown twice; null where there is no such change ahead. */
  function nextInRepetition(after: number, offset: number): number | null {
    const later = zone.offsetAt(after + longestOverlapMs)
    if (later >= offset) return null
    const change = zone.changeBetween(after, after + longestOverlapMs)
    const own = cron.next(after + offset)
    if (own - offset < change) return own - offset
    const shown = zone.offsetAt(change)
    const repeated = cron.next(change + shown - 1000)
    return repeated < change + offset ? repeated - shown : null
  }

  function next(after: number): number {
    const from = Math.floor(after / 1000) * 1000
    const offset = zone.offsetAt(from)
    const repeated = cron.isInterval ? nextInRepetition(from, offset) : null
    if (repeated !== null) return repeated
    let wallTime = cron.next(from + offset)
    for (;;) {
      const instants = zone.instantsOf(wallTime)
      // In the second of two hours, only intervals go on.
      const found = cron.isInterval ? instants.find((instant) => instant > from) : instants[0]
      if (found !== undefined && found > from) return found
      if (instants.length === 0 && !cron.isHourly) return endOfGap(wallTime)
      wallTime = cron.next(wallTime)
    }
  }

  function endOfGap(wallTime: number): number {
    const day = 86_400_000
    const before = zone.offsetAt(wallTime - day)
    const after = zone.offsetAt(wallTime + day)
    return zone.changeBetween(wallTime - after, wallTime - before)
  }

  return { next }
}

function readExpression(expression: string): ReturnType<typeof parseCronExpression> {
  try {
    return parseCronExpression(expression)
  } catch (error) {
    throw error instanceof SyntaxError ? new TimetableError("expression", error.message) : error
  }
}

function readZone(timezone: string): Zone {
  try {
    return createZone(timezone)
  } catch {
    throw new TimetableError("timezone", 'must be a time zone of the IANA database, such as "Europe/Berlin"')
  }
}
