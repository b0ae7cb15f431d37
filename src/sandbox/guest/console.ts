import { elapsed } from "./clock.ts"
import { toFields } from "./fields.ts"
import { format } from "./format.ts"
import { inspect } from "./inspect.ts"
import { type Level, writeLog } from "./log.ts"
import {
  arrayJoin,
  defineProperty,
  mapClear,
  mapDelete,
  mapGet,
  mapSet,
  setPrototypeOf,
  slice,
  split,
  toFixed,
} from "./primordials.ts"
import { formatTable } from "./table.ts"

let indent = ""
const counts = new Map<string, number>()
const timers = new Map<string, number>()

/** `globalThis.console`: what is written becomes lines of the invocation's log. */
export const console = {
  log(...values: unknown[]): void {
    write("info", format(values), toFields(values))
  },
  info(...values: unknown[]): void {
    write("info", format(values), toFields(values))
  },
  warn(...values: unknown[]): void {
    write("warn", format(values), toFields(values))
  },
  error(...values: unknown[]): void {
    write("error", format(values), toFields(values))
  },
  debug(...values: unknown[]): void {
    write("debug", format(values), toFields(values))
  },
  trace(...values: unknown[]): void {
    const title = values.length === 0 ? "Trace" : "Trace: " + format(values)
    write("debug", title + "\n" + (new Error().stack ?? ""))
  },
  assert(condition?: unknown, ...values: unknown[]): void {
    if (condition) return
    write("error", values.length === 0 ? "Assertion failed" : "Assertion failed: " + format(values))
  },
  dir(value?: unknown): void {
    write("info", inspect(value))
  },
  dirxml(...values: unknown[]): void {
    write("info", format(values))
  },
  table(data?: unknown, columns?: unknown): void {
    write("info", formatTable(data, columns) ?? format([data]))
  },
  group(...values: unknown[]): void {
    if (values.length > 0) write("info", format(values))
    if (indent.length < 80) indent += "  "
  },
  groupCollapsed(...values: unknown[]): void {
    if (values.length > 0) write("info", format(values))
    if (indent.length < 80) indent += "  "
  },
  groupEnd(): void {
    indent = slice(indent, 2)
  },
  count(label: unknown = "default"): void {
    const name = String(label)
    const count = (mapGet(counts, name) ?? 0) + 1
    mapSet(counts, name, count)
    write("info", name + ": " + count)
  },
  countReset(label: unknown = "default"): void {
    const name = String(label)
    if (!mapDelete(counts, name)) write("warn", 'Cannot reset the count "' + name + '": there is none')
  },
  time(label: unknown = "default"): void {
    const name = String(label)
    if (mapGet(timers, name) === undefined) mapSet(timers, name, elapsed())
    else write("warn", 'Cannot start the timer "' + name + '": it runs already')
  },
  timeLog(label: unknown = "default", ...values: unknown[]): void {
    writeTimer(String(label), values)
  },
  timeEnd(label: unknown = "default"): void {
    const name = String(label)
    writeTimer(name, [])
    mapDelete(timers, name)
  },
}
setPrototypeOf(console, {})
defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true })

/** Forgets what an earlier call has counted, timed and grouped. */
export function resetConsole(): void {
  indent = ""
  mapClear(counts)
  mapClear(timers)
}

function writeTimer(name: string, values: unknown[]): void {
  const started = mapGet(timers, name)
  const rest = values.length === 0 ? "" : " " + format(values)
  if (started === undefined) write("warn", 'Cannot read the timer "' + name + '": it was not started')
  else write("info", name + ": " + toFixed(elapsed() - started, 3) + "ms" + rest)
}

function write(level: Level, message: string, fields?: string): void {
  writeLog(level, indent === "" ? message : indent + arrayJoin(split(message, "\n"), "\n" + indent), fields)
}
