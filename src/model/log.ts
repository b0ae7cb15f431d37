import type { LogEntry, LogFields } from "./invocation.ts"

/** How serious a line is, the least first. */
export const logLevels = ["debug", "info", "warn", "error"] as const

/** How serious a line is. */
export type LogLevel = LogEntry["level"]

/**
 * One line that a function wrote, as it is kept and searched. Control characters that a terminal would obey are replaced by
 * characters that show them; the invocation's own record has them as they were written.
 */
export interface LogLine {
  readonly organisation: string
  /** Sorts by time; lines of one invocation in the order in which they were written. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly time: number
  readonly level: LogLevel
  readonly message: string
  /** Empty where no object was written with it. */
  readonly fields: LogFields
  readonly functionId: string
  readonly functionName: string
  readonly version: number
  readonly invocationId: string
  readonly traceId: string
}

/** A line as a tail gives it. */
export interface TailedLogLine extends LogLine {
  /** When it came here, in epoch milliseconds: another tail goes on with `since` from there. */
  readonly arrivedAt: number
}

/** Which lines; all that is given has to hold. */
export interface LogFilter {
  /** Stands somewhere in the message; letters from A to Z in either case. At most 1,000 characters. */
  readonly text?: string
  /** Fields with exactly these values, as text: `{ "user.id": "7" }` finds 7 and "7". At most 10. */
  readonly fields?: Readonly<Record<string, string>>
  /** This level and those above it. */
  readonly level?: LogLevel
  /** A function's name or id. */
  readonly function?: string
  readonly version?: number
  readonly invocationId?: string
  readonly traceId?: string
  /** Epoch milliseconds, inclusive. */
  readonly from?: number
  /** Epoch milliseconds, exclusive. */
  readonly to?: number
}
