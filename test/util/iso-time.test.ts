import fc from "fast-check"
import { expect, test } from "vitest"
import { readIsoTime } from "../../src/util/iso-time.ts"

test("A date and time without an offset is UTC, in whichever zone the machine is", () => {
  const zone = process.env.TZ
  process.env.TZ = "America/New_York"
  try {
    expect(readIsoTime("2026-03-01T09:00")).toBe(Date.UTC(2026, 2, 1, 9))
    expect(readIsoTime("2026-03-01")).toBe(Date.UTC(2026, 2, 1))
    expect(readIsoTime("2026-03-01T09:00:30.5+01:00")).toBe(Date.UTC(2026, 2, 1, 8, 0, 30, 500))
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})

test.each([
  "2026-02-29",
  "2026-02-30T00:00:00Z",
  "2026-04-31T09:00+01:00",
  "may 5",
  "1",
  "foo (bar) 5",
  "2026-1-1 10:00",
  "2026-13-01",
  "2026-01-01T25:00",
  "20260101",
  "",
])("%j is no time", (text) => {
  expect(readIsoTime(text)).toBeUndefined()
})

test("The 29th of February is a day of leap years", () => {
  expect(readIsoTime("2028-02-29T12:00Z")).toBe(Date.UTC(2028, 1, 29, 12))
})

test("What a date writes of itself is read back", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
      expect(readIsoTime(date.toISOString())).toBe(date.getTime())
    }),
  )
})
