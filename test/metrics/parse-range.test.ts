import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseRange } from "../../src/metrics/parse-range.ts"

const now = Date.UTC(2030, 0, 1)

describe("parseRange", () => {
  test.each([
    ["30s", 30_000],
    ["15m", 900_000],
    ["1h", 3_600_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
  ])("reads %s as the time up to now", (text, spanMs) => {
    const { from, to } = parseRange(text, now)
    expect(to - from).toBe(spanMs)
    expect(to).toBe(now + 1)
  })

  test("takes from and to as they are", () => {
    expect(parseRange({ from: 0, to: 1 }, now)).toEqual({ from: 0, to: 1 })
  })

  test.each(["", "h", "0h", "-1h", "1.5h", "1 h", "1H", "1y", "h1", "1h ", "999999w", "1hh", "constructor"])(
    "refuses %j",
    (text) => {
      expect(() => parseRange(text, now)).toThrow(RangeError)
    },
  )

  test.each([
    { from: 2, to: 2 },
    { from: 3, to: 2 },
    { from: -1, to: 2 },
    { from: 0.5, to: 2 },
    { from: Number.NaN, to: 2 },
    { from: 0, to: Number.POSITIVE_INFINITY },
    { from: "0", to: "2" },
    { from: 0 },
    {},
    null,
    7,
  ])("refuses %j", (range) => {
    expect(() => parseRange(range as never, now)).toThrow(RangeError)
  })

  test("gives a range in order or refuses, whatever it is given", () => {
    const odd = fc.oneof(fc.string(), fc.anything(), fc.record({ from: fc.anything(), to: fc.anything() }))
    fc.assert(
      fc.property(odd, (input) => {
        try {
          const { from, to } = parseRange(input as never, now)
          expect(from).toBeLessThan(to)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
