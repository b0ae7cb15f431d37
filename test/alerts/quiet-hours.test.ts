import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { endOfQuiet, type QuietHours } from "../../src/alerts/quiet-hours.ts"

const end = (hours: QuietHours, now: string) => new Date(endOfQuiet(hours, Date.parse(now))).toISOString()

describe("quiet hours", () => {
  it.each<[string, QuietHours, string, string]>([
    ["over midnight, before it", { from: "22:00", to: "07:00" }, "2026-01-01T23:15:30Z", "2026-01-02T07:00:00.000Z"],
    ["over midnight, after it", { from: "22:00", to: "07:00" }, "2026-01-02T06:59:59Z", "2026-01-02T07:00:00.000Z"],
    ["at their end", { from: "22:00", to: "07:00" }, "2026-01-02T07:00:00Z", "2026-01-02T07:00:00.000Z"],
    ["within a day", { from: "12:00", to: "13:00" }, "2026-01-02T12:00:00Z", "2026-01-02T13:00:00.000Z"],
    [
      "of another day",
      { from: "12:00", to: "13:00", days: ["sat"] },
      "2026-01-02T12:30:00Z",
      "2026-01-02T12:30:00.000Z",
    ],
    [
      "that began on their day",
      { from: "22:00", to: "07:00", days: ["thu"] },
      "2026-01-02T03:00:00Z",
      "2026-01-02T07:00:00.000Z",
    ],
    [
      "of a zone",
      { from: "22:00", to: "07:00", timezone: "Asia/Tokyo" },
      "2026-01-01T14:00:00Z",
      "2026-01-01T22:00:00.000Z",
    ],
    [
      "in which clocks go forward",
      { from: "22:00", to: "07:00", timezone: "Europe/Berlin" },
      "2026-03-28T22:00:00Z",
      "2026-03-29T05:00:00.000Z",
    ],
    [
      "in which clocks go back",
      { from: "22:00", to: "07:00", timezone: "Europe/Berlin" },
      "2026-10-24T22:00:00Z",
      "2026-10-25T06:00:00.000Z",
    ],
    [
      "whose end clocks are put forward past",
      { from: "22:00", to: "02:30", timezone: "Europe/Berlin" },
      "2026-03-28T22:00:00Z",
      "2026-03-29T01:00:00.000Z",
    ],
    [
      "whose end clocks are about to be put forward past",
      { from: "01:30", to: "02:30", timezone: "Europe/Berlin" },
      "2026-03-29T00:45:00Z",
      "2026-03-29T01:00:00.000Z",
    ],
    ["all day long", { from: "00:00", to: "00:00" }, "2026-01-02T12:30:00Z", "2026-01-03T00:00:00.000Z"],
  ])("%s end when they say", (_name, hours, now, expected) => {
    expect(end(hours, now)).toBe(expected)
  })

  it("are over at their end, which is never more than a day and an hour away", () => {
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"))
    const now = fc.date({ min: new Date("2026-01-01"), max: new Date("2027-01-01"), noInvalidDate: true })
    fc.assert(
      fc.property(
        time,
        time,
        now,
        fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns"),
        (from, to, at, timezone) => {
          const until = endOfQuiet({ from, to, timezone, days: ["mon", "wed"] }, at.getTime())
          expect(until - at.getTime()).toBeGreaterThanOrEqual(0)
          expect(until - at.getTime()).toBeLessThanOrEqual(25 * 3_600_000)
        },
      ),
    )
  })
})
