/** What is left in a thread of formatters: making one costs more than using it. */
const maxFormatters = 32
const maxTextLength = 1_000_000
const maxSegmentedLength = 100_000
const maxListLength = 10_000
const defaultLocale = "en-US"

type Formatter = Record<string, (...values: unknown[]) => unknown>
type FormatterClass = {
  new (locales: readonly string[], options: object): object
  supportedLocalesOf(locales: readonly string[] | string | undefined, options: object): string[]
}

const classes: Readonly<Record<string, readonly [FormatterClass, readonly string[]]>> = {
  Collator: [Intl.Collator as never, ["compare"]],
  DateTimeFormat: [Intl.DateTimeFormat as never, ["format", "formatRange", "formatRangeToParts", "formatToParts"]],
  DisplayNames: [Intl.DisplayNames as never, ["of"]],
  ListFormat: [Intl.ListFormat as never, ["format", "formatToParts"]],
  NumberFormat: [Intl.NumberFormat as never, ["format", "formatRange", "formatRangeToParts", "formatToParts"]],
  PluralRules: [Intl.PluralRules as never, ["select", "selectRange"]],
  RelativeTimeFormat: [Intl.RelativeTimeFormat as never, ["format", "formatToParts"]],
  Segmenter: [Intl.Segmenter as never, ["segment"]],
}

const dateMethods = ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"] as const
const caseMethods = ["toLocaleUpperCase", "toLocaleLowerCase"] as const

/** The formatters used last, by what they were made of. The same for all guests: nothing in one is a guest's. */
const formatters: Map<string, Formatter> = new Map()

/** Answers an operation of the guest's `Intl`, as JSON: the value, or the error that the standard throws. */
export function answerIntl(input: unknown): string {
  try {
    if (!Array.isArray(input)) throw new TypeError("There is no such operation")
    const [type, method, locales, options, given] = input as readonly unknown[]
    if (typeof type !== "string" || typeof method !== "string" || !Array.isArray(given))
      throw new TypeError("There is no such operation")
    const value = answer(type, method, readLocales(locales), readOptions(options), given.map(readValue))
    return JSON.stringify({ value })
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new TypeError("The operation failed")
    return JSON.stringify({ name: name === "RangeError" ? name : "TypeError", message })
  }
}

function answer(
  type: string,
  method: string,
  locales: readonly string[] | undefined,
  options: object | undefined,
  given: readonly unknown[],
): unknown {
  const [first] = given
  if (type === "Date") {
    const known = dateMethods.find((name) => name === method)
    if (known) return new Date(Number(first))[known](withDefault(locales), inUtc(options))
  }
  if (type === "String") {
    const known = caseMethods.find((name) => name === method)
    if (known) return String(first)[known](locales?.length ? [...locales] : defaultLocale)
  }
  if (type === "Intl" && method === "getCanonicalLocales") return Intl.getCanonicalLocales(locales)
  if (type === "Intl" && method === "supportedValuesOf") return Intl.supportedValuesOf(first as "unit")
  const [Class, methods] = (Object.hasOwn(classes, type) ? classes[type] : undefined) ?? []
  if (!Class || !methods) throw new TypeError("There is no such operation")
  if (method === "supportedLocalesOf") return Class.supportedLocalesOf(locales ?? [], options ?? {})
  const formatter = formatterOf(type, Class, locales, options)
  if (method === "resolvedOptions") return formatter.resolvedOptions?.()
  if (!methods.includes(method)) return undefined
  const value = formatter[method]?.(...given)
  if (type !== "Segmenter") return value
  if (String(first).length > maxSegmentedLength) throw new RangeError("The text is too long to be segmented")
  return Array.from(value as Iterable<{ segment: string; index: number; isWordLike?: boolean }>, (one) => ({
    segment: one.segment,
    index: one.index,
    isWordLike: one.isWordLike,
  }))
}

function formatterOf(
  type: string,
  Class: FormatterClass,
  locales: readonly string[] | undefined,
  options: object | undefined,
): Formatter {
  const key = JSON.stringify([type, locales, options])
  const known = formatters.get(key)
  formatters.delete(key)
  const formatter =
    known ??
    (new Class(withDefault(locales), (type === "DateTimeFormat" ? inUtc(options) : options) as object) as Formatter)
  formatters.set(key, formatter)
  if (formatters.size > maxFormatters) formatters.delete(formatters.keys().next().value ?? "")
  return formatter
}

/** Without it, a locale that nobody knows would show the host's own. */
function withDefault(locales: readonly string[] | undefined): string[] {
  return [...(locales ?? []), defaultLocale]
}

function inUtc(options: object | undefined): object {
  return { timeZone: "UTC", ...options }
}

function readLocales(locales: unknown): readonly string[] | undefined {
  if (locales === null) return undefined
  if (
    !Array.isArray(locales) ||
    locales.length > 20 ||
    locales.some((one) => typeof one !== "string" || one.length > 200)
  )
    throw new RangeError("The locales are too many or too long")
  return locales
}

function readOptions(options: unknown): Readonly<Record<string, unknown>> | undefined {
  if (options === null || typeof options !== "object") return undefined
  const entries = Object.entries(options)
  if (entries.length > 50) throw new RangeError("The options are too many")
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value === "object" || String(value).length > 200)
        throw new RangeError(`The option ${name} is too long`)
      return [name, value]
    }),
  )
}

/** What JSON lacks comes as a list: what it is, and its text. */
function readValue(value: unknown): unknown {
  if (typeof value === "string" && value.length > maxTextLength) throw new RangeError("The text is too long")
  if (!Array.isArray(value)) return value
  const [kind, text] = value as readonly unknown[]
  if (kind === "number") return Number(text)
  if (kind === "bigint" && typeof text === "string" && text.length < 10_000) return BigInt(text)
  if (kind === "list" && Array.isArray(text) && text.length <= maxListLength) return text.map(String)
  if (kind === "undefined") return undefined
  throw new RangeError("The value is too long")
}
