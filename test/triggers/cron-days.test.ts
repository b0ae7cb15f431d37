import { CronDate, CronExpressionParser } from "cron-parser"
import fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"
import { parseCronExpression } from "../../src/triggers/schedules/cron-expression.ts"

afterEach(() => void vi.restoreAllMocks())

const numbers = (min: number, max: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((list) => list.join(",")),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 2, max: 5 }).map((step) => `*/${step}`),
  )
const weekday = fc.oneof(
  numbers(0, 7),
  fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 5 })).map(([day, nth]) => `${day}#${nth}`),
  fc.integer({ min: 0, max: 6 }).map((day) => `${day}L`),
)
const expression = fc.tuple(
  numbers(0, 59),
  numbers(0, 23),
  fc.oneof(numbers(1, 31), fc.constant("L")),
  numbers(1, 12),
  weekday,
)

describe("a cron expression", () => {
  it("has the times that the library finds when it looks at every day", () => {
    const from = fc.integer({ min: Date.UTC(2020, 0, 1) / 1000, max: Date.UTC(2110, 0, 1) / 1000 })
    fc.assert(
      fc.property(expression, from, (fields, second) => {
        const text = fields.join(" ")
        let parsed: ReturnType<typeof parseCronExpression>
        try {
          parsed = parseCronExpression(text)
        } catch {
          return
        }
        const reference = CronExpressionParser.parse(text, { tz: "UTC", currentDate: new Date(second * 1000) })
        let at = second * 1000
        for (let count = 0; count < 3; count++) {
          at = parsed.next(at)
          expect(at).toBe(reference.next().getTime())
        }
      }),
      { numRuns: 150 },
    )
  })

  it.each(["0 0 29 2 *", "0 0 29 2 1", "0 0 * 2 5#5", "0 0 31 12 *", "59 59 23 31 12 *", "0 0 30 2 1#5"])(
    "that seldom fits, as %s, is worked out without a look at every day",
    (text) => {
      const parsed = parseCronExpression(text)
      const steps = vi.spyOn(CronDate.prototype, "applyDateOperation")
      let at = Date.UTC(2096, 2, 1)
      for (let count = 0; count < 5; count++) at = parsed.next(at)
      expect(steps.mock.calls.length).toBeLessThan(5 * 150)
    },
  )
})
