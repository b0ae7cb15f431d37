import { host } from "../../host.ts"
import { dateNow, dateTime, is, isDate, parse, quote } from "../../primordials.ts"
import { toDOMString } from "../../webidl.ts"

const optionNames = [
  "calendar",
  "caseFirst",
  "collation",
  "compactDisplay",
  "currency",
  "currencyDisplay",
  "currencySign",
  "dateStyle",
  "day",
  "dayPeriod",
  "era",
  "fallback",
  "formatMatcher",
  "fractionalSecondDigits",
  "granularity",
  "hour",
  "hour12",
  "hourCycle",
  "ignorePunctuation",
  "languageDisplay",
  "localeMatcher",
  "maximumFractionDigits",
  "maximumSignificantDigits",
  "minimumFractionDigits",
  "minimumIntegerDigits",
  "minimumSignificantDigits",
  "minute",
  "month",
  "notation",
  "numberingSystem",
  "numeric",
  "roundingIncrement",
  "roundingMode",
  "roundingPriority",
  "second",
  "sensitivity",
  "signDisplay",
  "style",
  "timeStyle",
  "timeZone",
  "timeZoneName",
  "trailingZeroDisplay",
  "type",
  "unit",
  "unitDisplay",
  "usage",
  "useGrouping",
  "weekday",
  "year",
]

/** Asks the host, and throws what the standard's operation throws. The arguments are JSON. */
export function ask(type: string, method: string, locales: string, options: string, given: string): unknown {
  const text = "[" + quote(type) + "," + quote(method) + "," + locales + "," + options + ",[" + given + "]]"
  const answer = parse(host("intl", text) as string) as { value?: unknown; name?: string; message?: string }
  if (answer.name === "RangeError") throw new RangeError(answer.message)
  if (answer.name !== undefined) throw new TypeError(answer.message)
  return answer.value
}

/** A locales argument as JSON. */
export function writeLocales(locales: unknown): string {
  if (locales === undefined) return "null"
  if (typeof locales === "string") return "[" + quote(locales) + "]"
  if (locales === null) throw new TypeError("Cannot use null as locales")
  const list = Object(locales) as ArrayLike<unknown>
  let text = ""
  for (let index = 0; index < list.length && index < 100; index++) {
    const one = list[index]
    if (typeof one !== "string" && (typeof one !== "object" || one === null)) {
      throw new TypeError("A locale must be a string or an object")
    }
    text += (index > 0 ? "," : "") + quote(toDOMString(one))
  }
  return "[" + text + "]"
}

/** An options argument as JSON. */
export function writeOptions(options: unknown): string {
  if (options === undefined) return "null"
  if (options === null) throw new TypeError("Cannot use null as options")
  const object = Object(options) as Record<string, unknown>
  let text = ""
  for (let index = 0; index < optionNames.length; index++) {
    const name = optionNames[index] as string
    const value = object[name]
    if (value === undefined) continue
    const simple = typeof value === "boolean" || (typeof value === "number" && value - value === 0)
    text += (text === "" ? "" : ",") + quote(name) + ":" + (simple ? "" + value : quote(toDOMString(value)))
  }
  return "{" + text + "}"
}

/** A number, BigInt or numeric string as JSON. */
export function writeNumeric(value: unknown): string {
  if (typeof value === "bigint") return '["bigint","' + value + '"]'
  if (typeof value === "string") return quote(value)
  return writeNumber(+(value as number))
}

/** A number as JSON, with those that JSON lacks. */
export function writeNumber(number: number): string {
  return '["number","' + (is(number, -0) ? "-0" : number) + '"]'
}

/** A point in time as JSON; now where there is none. */
export function writeTime(value: unknown): string {
  if (value === undefined) return writeNumber(dateNow())
  return writeNumber(isDate(value) ? dateTime(value) : +(value as number))
}

/** Text as JSON. */
export function writeText(value: unknown): string {
  return quote(toDOMString(value))
}

/** A list of strings as JSON. */
export function writeTexts(value: unknown): string {
  if (value === undefined) return '["list",[]]'
  let text = ""
  for (const item of value as Iterable<unknown>) {
    if (typeof item !== "string") throw new TypeError("The list may hold strings alone")
    text += (text === "" ? "" : ",") + quote(item)
  }
  return '["list",[' + text + "]]"
}
