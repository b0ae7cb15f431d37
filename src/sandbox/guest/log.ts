import { describeError, headline } from "./errors.ts"
import { toFields } from "./fields.ts"
import { format } from "./format.ts"
import { host } from "./host.ts"
import { freeze, quote } from "./primordials.ts"

/** How serious a line is. */
export type Level = "debug" | "info" | "warn" | "error"

/** Writes one line to the invocation's log; `fields` is the text of a JSON object. */
export function writeLog(level: Level, message: string, fields?: string): void {
  const rest = fields === undefined ? "}" : ',"fields":' + fields + "}"
  host("log", '{"level":"' + level + '","message":' + quote(message) + rest)
}

function writeValues(level: Level, values: readonly unknown[]): void {
  writeLog(level, format(values), toFields(values))
}

/** Tells listeners of what nobody has caught, and gives whether one has dealt with it; set by the module of EventTarget. */
export const uncaughtHook: {
  offer?: (thrown: unknown) => boolean
  offerRejection?: (promise: object, reason: unknown) => boolean
} = {}
let offering = false

/** Logs what was thrown where nobody could catch it, unless a listener for errors deals with it. */
export function reportUncaught(thrown: unknown): void {
  if (!isDealtWith(() => uncaughtHook.offer?.(thrown))) writeError("Uncaught ", thrown)
}

/** Logs why a promise was rejected that nobody handles, unless a listener for that deals with it. */
export function reportRejection(promise: object, reason: unknown): void {
  if (!isDealtWith(() => uncaughtHook.offerRejection?.(promise, reason))) writeError("Unhandled rejection: ", reason)
}

/** What such a listener throws is not offered again. */
function isDealtWith(offer: () => boolean | undefined): boolean {
  if (offering) return false
  offering = true
  try {
    return offer() === true
  } finally {
    offering = false
  }
}

function writeError(what: string, thrown: unknown): void {
  const error = describeError(thrown)
  writeLog("error", what + headline(error) + (error.stack === "" ? "" : "\n" + error.stack))
}

/** `context.log`: callable, and with one method for each level. */
export const log: Log = freeze(
  Object.assign((...values: unknown[]) => writeValues("info", values), {
    debug: (...values: unknown[]) => writeValues("debug", values),
    info: (...values: unknown[]) => writeValues("info", values),
    warn: (...values: unknown[]) => writeValues("warn", values),
    error: (...values: unknown[]) => writeValues("error", values),
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
