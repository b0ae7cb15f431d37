import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { answerIntl } from "../../../src/sandbox/operations/intl-operations.ts"
import { createGuest } from "./harness.ts"

const guest = createGuest().load(`
  const make = (type, locales, options) => new Intl[type](locales, options)
  const tasks = {
    use: ({ type, locales, options, method, given }) => { const f = make(type, locales, options); return f[method](...given) },
    date: ({ method, time, locales, options }) => new Date(time)[method](locales, options),
    number: ({ value, locales, options }) => [value.toLocaleString(locales, options), [value, null, value].toLocaleString(locales, options)],
    sort: ({ texts, locales }) => [[...texts].sort((a, b) => a.localeCompare(b, locales)), [...texts].sort(new Intl.Collator(locales).compare)],
    upper: ({ text, locales }) => [text.toLocaleUpperCase(locales), text.toLocaleLowerCase(locales)],
    evaluate: ({ code }) => { try { return (0, eval)(code) } catch (error) { return error.name } },
  }
  export default (task) => tasks[task.task](task)`)

function ask(task: string, fields: Record<string, unknown>): unknown {
  guest.calls.length = 0
  return guest.start({ body: JSON.stringify({ task, ...fields }) }).output()
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const locale = fc.constantFrom("en-US", "de-DE", "fr", "ar-EG", "ja-JP", "sv", "tr", "hi-IN", "th-TH")
const time = fc.integer({ min: -8_000_000_000_000, max: 8_000_000_000_000 })
const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
const dateOptions = fc.oneof(
  fc.record(
    { dateStyle: fc.constantFrom("full", "long", "medium", "short"), timeStyle: fc.constantFrom("long", "short") },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      weekday: fc.constantFrom("long", "short"),
      year: fc.constantFrom("numeric", "2-digit"),
      month: fc.constantFrom("long", "numeric"),
      day: fc.constantFrom("numeric", "2-digit"),
      hour: fc.constantFrom("numeric", "2-digit"),
      hour12: fc.boolean(),
      timeZoneName: fc.constantFrom("short", "long"),
    },
    { requiredKeys: [] },
  ),
)
const numberOptions = fc.oneof(
  fc.record({ style: fc.constant("currency"), currency: fc.constantFrom("EUR", "USD", "JPY") }),
  fc.record(
    {
      style: fc.constantFrom("decimal", "percent"),
      notation: fc.constantFrom("standard", "compact", "scientific"),
      minimumFractionDigits: fc.integer({ min: 0, max: 3 }),
      useGrouping: fc.boolean(),
      signDisplay: fc.constantFrom("auto", "always", "exceptZero"),
    },
    { requiredKeys: [] },
  ),
)

describe("Intl", () => {
  it("formats times as the host's does", () => {
    const methods = fc.constantFrom("format" as const, "formatToParts" as const)
    fc.assert(
      fc.property(locale, dateOptions, zone, time, methods, (locales, some, timeZone, at, method) => {
        const options = { ...some, timeZone } as Intl.DateTimeFormatOptions
        const ours = ask("use", { type: "DateTimeFormat", locales, options, method, given: [at] })
        expect(ours).toEqual(plain(new Intl.DateTimeFormat(locales, options)[method](at)))
      }),
    )
  })

  it("formats numbers as the host's does", () => {
    fc.assert(
      fc.property(locale, numberOptions, fc.double({ noNaN: true, noDefaultInfinity: true }), (locales, some, any) => {
        const value = any + 0
        const options = some as Intl.NumberFormatOptions
        const ours = ask("use", { type: "NumberFormat", locales, options, method: "formatToParts", given: [value] })
        expect(ours).toEqual(plain(new Intl.NumberFormat(locales, options).formatToParts(value)))
        const list = [value, null, value] as number[]
        const expected = [value.toLocaleString(locales, options), list.toLocaleString(locales, options)]
        expect(ask("number", { value, locales, options })).toEqual(expected)
      }),
    )
  })

  it("orders and changes texts as the host's does", () => {
    fc.assert(
      fc.property(locale, fc.array(fc.string({ unit: "grapheme" }), { maxLength: 8 }), (locales, texts) => {
        const expected = [...texts].sort((a, b) => a.localeCompare(b, locales))
        expect(ask("sort", { texts, locales })).toEqual([expected, expected])
        const text = `iI${texts.join("")}`
        const changed = [text.toLocaleUpperCase(locales), text.toLocaleLowerCase(locales)]
        expect(ask("upper", { text, locales })).toEqual(changed)
      }),
    )
  })

  it.each([
    ["PluralRules", { type: "ordinal" }, "select", [22]],
    ["RelativeTimeFormat", { numeric: "auto" }, "format", [-1, "day"]],
    ["ListFormat", { type: "disjunction" }, "formatToParts", [["a", "b", "c"]]],
    ["DisplayNames", { type: "region" }, "of", ["DE"]],
    ["NumberFormat", { style: "unit", unit: "liter" }, "formatRange", [3, 5]],
    ["DateTimeFormat", { timeZone: "UTC", dateStyle: "long" }, "formatRange", [0, 9e9]],
    ["Collator", { numeric: true }, "resolvedOptions", []],
  ] as const)("has %s with %j", (type, options, method, given) => {
    for (const locales of ["en-US", "de", "ru"]) {
      const Class = Intl[type] as unknown as new (
        ...given: unknown[]
      ) => Record<string, (...given: unknown[]) => unknown>
      const expected = new Class(locales, options)[method]?.(...given)
      expect(ask("use", { type, locales, options, method, given })).toEqual(plain(expected))
    }
  })

  it.each([
    ["new Date(0).toLocaleString()", "1/1/1970, 12:00:00 AM"],
    ["new Date(0).toLocaleDateString('de-DE')", "1.1.1970"],
    ["new Date(NaN).toLocaleString()", "Invalid Date"],
    ["(1234.5).toLocaleString()", "1,234.5"],
    ["123456789012345678901n.toLocaleString('de')", "123.456.789.012.345.678.901"],
    ["Intl.DateTimeFormat().resolvedOptions().timeZone", "UTC"],
    ["new Intl.NumberFormat('xx-XX').resolvedOptions().locale", "en-US"],
    ["Intl.getCanonicalLocales('EN-us')", ["en-US"]],
    ["Intl.NumberFormat.supportedLocalesOf(['de', 'xx'])", ["de"]],
    ["[...new Intl.Segmenter('en', { granularity: 'word' }).segment('a b')].map((s) => s.segment)", ["a", " ", "b"]],
    ["new Intl.Segmenter().segment('ab').containing(1).segment", "b"],
    ["Object.prototype.toString.call(new Intl.Collator())", "[object Intl.Collator]"],
    ["new Intl.NumberFormat('en', { style: 'currency' })", "TypeError"],
    ["new Intl.NumberFormat('no locale')", "RangeError"],
    ["new Intl.DateTimeFormat('en', { timeZone: 'Mars/Base' })", "RangeError"],
    ["new Intl.DateTimeFormat().format(NaN)", "RangeError"],
    ["Intl.NumberFormat.prototype.formatToParts.call({}, 1)", "TypeError"],
    ["Intl.PluralRules()", "TypeError"],
    ["new Intl.Segmenter().segment('x'.repeat(100001))", "RangeError"],
    ["(1).toLocaleString(null)", "TypeError"],
  ])("answers %s", (code, expected) => {
    expect(ask("evaluate", { code })).toEqual(expected)
  })

  it("answers any hostile operation with JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("NumberFormat", "Date", "Intl", "__proto__"), (value, type) => {
        for (const input of [value, [type, value, null, null, []], [type, "format", value, value, [value]]]) {
          expect(typeof JSON.parse(answerIntl(input))).toBe("object")
        }
      }),
    )
  })
})
