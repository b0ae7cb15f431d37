import { describe, expect, it } from "vitest"
import { findDueTicks } from "../../src/triggers/schedules/due-ticks.ts"
import { createTimetable } from "../../src/triggers/schedules/timetable.ts"

const minute = 60_000
const now = Date.UTC(2026, 0, 10, 12, 0, 30)
const on = (text: string) => Date.parse(`2026-01-${text}:00Z`)

function due(expression: string, from: number, catchUp: "none" | "last" | "all", limit = 100) {
  return findDueTicks(createTimetable(expression, "UTC"), { from, now, catchUp, limit })
}

describe("the due times of a schedule", () => {
  it.each(["none", "last", "all"] as const)("are all fired while they are only late, with catchUp %s", (catchUp) => {
    const from = now - 50_000
    const { fire, missed, next } = due("*/10 * * * * *", from, catchUp)
    expect(fire).toEqual([0, 10, 20, 30, 40, 50].map((seconds) => from + seconds * 1000))
    expect([missed, next]).toEqual([null, now + 10_000])
  })

  it("are given up where they are long past, with catchUp none", () => {
    expect(due("0 * * * *", on("08T00:00"), "none")).toEqual({
      fire: [on("10T12:00")],
      missed: { from: on("08T00:00"), to: on("10T11:00") },
      next: on("10T13:00"),
    })
    expect(due("0 3 * * *", on("08T03:00"), "none")).toEqual({
      fire: [],
      missed: { from: on("08T03:00"), to: on("10T03:00") },
      next: on("11T03:00"),
    })
  })

  it("come to one call where they are long past, with catchUp last", () => {
    expect(due("0 3 * * *", on("08T03:00"), "last")).toEqual({
      fire: [on("10T03:00")],
      missed: { from: on("08T03:00"), to: on("09T03:00") },
      next: on("11T03:00"),
    })
    expect(due("0 3 * * *", on("10T03:00"), "last")).toEqual({
      fire: [on("10T03:00")],
      missed: null,
      next: on("11T03:00"),
    })
    // One that is only late makes up for them.
    expect(due("0 * * * *", on("08T00:00"), "last")).toMatchObject({ fire: [on("10T12:00")] })
  })

  it("are made up for one by one for a day, with catchUp all", () => {
    const { fire, missed, next } = due("0 */6 * * *", on("08T00:00"), "all")
    expect(fire).toEqual(["09T18:00", "10T00:00", "10T06:00", "10T12:00"].map(on))
    expect(missed).toEqual({ from: on("08T00:00"), to: on("09T12:00") })
    expect(next).toBe(on("10T18:00"))
  })

  it("come in portions, and what is left stays due", () => {
    const first = due("* * * * *", now - 30_000 - 3 * 60 * minute, "all", 50)
    expect(first.fire).toHaveLength(50)
    expect(first.next).toBe((first.fire[49] ?? 0) + minute)
    const second = due("* * * * *", first.next, "all", 1000)
    expect(second.fire).toHaveLength(181 - 50)
    expect(second.next).toBe(now + 30_000)
  })

  it("are found quickly among millions that were missed", () => {
    const from = Date.UTC(2023, 0, 1)
    const { fire, missed } = due("* * * * * *", from, "none", 1000)
    expect(fire).toHaveLength(61)
    expect(missed).toEqual({ from, to: now - 61_000 })
  })
})
