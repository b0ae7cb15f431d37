import { describeError, headline } from "./errors.ts"
import { format } from "./format.ts"
import { host } from "./host.ts"
import { freeze, quote } from "./primordials.ts"

/** How serious a line is. */
export type Level = "debug" | "info" | "warn" | "error"

/** Writes one line to the invocation's log. */
export function writeLog(level: Level, message: string): void {
  host("log", '{"level":"' + level + '","message":' + quote(message) + "}")
}

/** Logs what was thrown where nobody could catch it. */
export function reportUncaught(thrown: unknown): void {
  const error = describeError(thrown)
  writeLog("error", "Uncaught " + headline(error) + (error.stack === "" ? "" : "\n" + error.stack))
}

/** `context.log`: callable, and with one method for each level. */
export const log: Log = freeze(
  Object.assign((...values: unknown[]) => writeLog("info", format(values)), {
    debug: (...values: unknown[]) => writeLog("debug", format(values)),
    info: (...values: unknown[]) => writeLog("info", format(values)),
    warn: (...values: unknown[]) => writeLog("warn", format(values)),
    error: (...values: unknown[]) => writeLog("error", format(values)),
  }),
)

/** What `context.log` offers. */
export interface Log {
  (...values: unknown[]): void
  debug(...values: unknown[]): void
  info(...values: unknown[]): void
  warn(...values: unknown[]): void
  error(...values: unknown[]): void
}
