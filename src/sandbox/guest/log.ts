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

/** Tells listeners of what nobody has caught, and gives whether one has dealt with it; set by the module of EventTarget. */
export const uncaughtHook: { offer?: (thrown: unknown) => boolean } = {}
let offering = false

/** Logs what was thrown where nobody could catch it, unless a listener for errors deals with it. */
export function reportUncaught(thrown: unknown): void {
  // What such a listener throws is not offered again.
  if (!offering) {
    offering = true
    try {
      if (uncaughtHook.offer?.(thrown)) return
    } finally {
      offering = false
    }
  }
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
