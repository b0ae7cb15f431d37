import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkSchedules } from "../../src/triggers/schedules/check-schedules.ts"
import { createTimetable } from "../../src/triggers/schedules/timetable.ts"

/** The next instants of a schedule. */
function timesOf(expression: string, timezone: string, from: string, count: number): readonly string[] {
  const timetable = createTimetable(expression, timezone)
  const found: string[] = []
  for (let at = timetable.next(Date.parse(from)); found.length < count; at = timetable.next(at)) {
    found.push(new Date(at).toISOString().replace(":00.000Z", "Z"))
  }
  return found
}

/** What refuses an expression. */
function refusalOf(expression: string, timezone = "UTC"): string {
  try {
    createTimetable(expression, timezone)
  } catch (error) {
    return (error as Error).message
  }
  return expect.fail("it was taken")
}

describe("a timetable", () => {
  it.each([
    ["*/15 * * * *", ["2026-01-31T23:45Z", "2026-02-01T00:00Z"]],
    ["0 9 * * mon-fri", ["2026-02-02T09:00Z", "2026-02-03T09:00Z"]],
    ["0 0 29 2 *", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]],
    ["0 12 L * *", ["2026-02-28T12:00Z", "2026-03-31T12:00Z"]],
    ["0 12 * * 5L", ["2026-02-27T12:00Z", "2026-03-27T12:00Z"]],
    ["0 12 * * fri#2", ["2026-02-13T12:00Z", "2026-03-13T12:00Z"]],
    ["0 0 13 * 5", ["2026-02-06T00:00Z", "2026-02-13T00:00Z"]],
    ["@Monthly", ["2026-02-01T00:00Z", "2026-03-01T00:00Z"]],
    ["@midnight", ["2026-02-01T00:00Z", "2026-02-02T00:00Z"]],
  ])("has the times of %s", (expression, expected) => {
    expect(timesOf(expression, "UTC", "2026-01-31T23:30:00Z", 2)).toEqual(expected)
  })

  it("takes a sixth field for the seconds, in front", () => {
    expect(timesOf("*/20 * * * * *", "UTC", "2026-01-01T00:00:39.500Z", 2)).toEqual([
      "2026-01-01T00:00:40.000Z",
      "2026-01-01T00:01Z",
    ])
  })

  it("goes by the clocks of its zone", () => {
    expect(timesOf("0 3 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z", 1)).toEqual(["2026-01-01T21:15Z"])
    expect(timesOf("0 3 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3)).toEqual([
      "2026-03-28T02:00Z",
      "2026-03-29T01:00Z",
      "2026-03-30T01:00Z",
    ])
  })

  it("comes once, at the first instant after them, for times that clocks pass over", () => {
    expect(timesOf("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:00Z",
      "2026-03-30T00:30Z",
    ])
    expect(timesOf("*/20 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:00Z",
      "2026-03-30T00:00Z",
    ])
  })

  it("leaves out the hour that does not exist where it is for every hour", () => {
    expect(timesOf("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3)).toEqual([
      "2026-03-29T00:30Z",
      "2026-03-29T01:30Z",
      "2026-03-29T02:30Z",
    ])
  })

  it("comes once for a time that clocks show twice, the first time", () => {
    expect(timesOf("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ])
    expect(timesOf("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1)).toEqual(["2026-10-26T01:30Z"])
  })

  it("goes on through both hours where it is an interval", () => {
    expect(timesOf("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 5)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
      "2026-10-25T02:00Z",
      "2026-10-25T02:30Z",
    ])
    expect(timesOf("*/30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", 3)).toEqual([
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
      "2026-10-26T01:00Z",
    ])
  })

  it("passes over a day that a zone has left out", () => {
    expect(timesOf("0 12 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", 3)).toEqual([
      "2011-12-29T22:00Z",
      "2011-12-30T10:00Z",
      "2011-12-30T22:00Z",
    ])
  })

  it.each([
    ["", "must have five fields"],
    ["* * *", "must have five fields"],
    ["* * * * * * *", "must have five fields"],
    ["@sometimes", "must be one of @yearly"],
    ["60 * * * *", "is not an expression"],
    ["*/60 * * * *", "a step of 60 for minutes, which must be from 1 to 59"],
    ["H * * * *", '"h" for minutes'],
    ["0 0 15W * *", '"15w" for day of month'],
    ["0 22-2 * * *", "is not an expression"],
    ["0 0 31 2 *", "never fits"],
    ["0 0 30,31 2 *", "never fits"],
    ["* * * * 8", "is not an expression"],
    ["* * * * mon#6", '"mon#6" for day of week'],
  ])("refuses %j", (expression, reason) => {
    expect(refusalOf(expression)).toContain(reason)
  })

  it("refuses a zone that is not known", () => {
    expect(refusalOf("* * * * *", "Mars/Olympus")).toContain("must be a time zone")
  })

  it("has times that rise, however far apart they are asked for", () => {
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
    const expressions = ["*/7 * * * *", "30 1,2 * * *", "0 */3 * * *", "15,45 2 * * 0", "10 */20 1-3 * * *"]
    const range = { min: Date.UTC(2015), max: Date.UTC(2035) }
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...expressions),
        fc.integer(range),
        fc.integer({ min: 0, max: 7_200_000 }),
        (zone, expression, from, later) => {
          const timetable = createTimetable(expression, zone)
          const first = timetable.next(from)
          expect(first).toBeGreaterThan(from)
          expect(first % 1000).toBe(0)
          // Asked from anywhere before it, the next time is the same one.
          const between = Math.min(from + later, first - 1)
          expect(timetable.next(between)).toBe(first)
        },
      ),
    )
  })
})

describe("the check of schedules", () => {
  const issuesOf = (...triggers: Parameters<typeof checkSchedules>[0]) => {
    try {
      checkSchedules(triggers)
    } catch (error) {
      return (error as { readonly issues: readonly { readonly path: string }[] }).issues.map(({ path }) => path)
    }
    return []
  }

  it("names the field that is wrong, as its author wrote it", () => {
    const http = { type: "http", path: "/a" } as const
    expect(issuesOf(http, { type: "cron", expression: "every day" })).toEqual(["triggers.1.expression"])
    expect(issuesOf({ type: "schedule", cron: "0 0 31 2 *" }, { type: "schedule" })).toEqual([
      "triggers.0.cron",
      "triggers.1.cron",
    ])
    expect(issuesOf({ type: "schedule", schedule: "@daily", timezone: "Nowhere" })).toEqual(["triggers.0.timezone"])
    expect(issuesOf(http, { type: "schedule", cron: "@daily", timezone: "Europe/Berlin" })).toEqual([])
  })
})
