import { describe, expect, it } from "vitest"
import { UsualRates } from "../../src/anomaly/watch/usual-rates.ts"
import { minuteMs, seeded, timeOf, weekMinutes } from "./simulated.ts"

const hourMs = 60 * minuteMs
const dayMinutes = 1440

/** What has seen some weeks of calls at random, more by day. */
function learn(weeks: number): UsualRates {
  const rates = new UsualRates()
  const random = seeded(815)
  for (let minute = 0; minute < weeks * weekMinutes; minute++) {
    const share = minute % dayMinutes < dayMinutes / 2 ? 0.2 : 0.6
    if (random() < share) rates.push(timeOf(minute), 1)
  }
  return rates
}

/** What is expected in each hour of the week that begins then. */
function ofWeek(rates: UsualRates, minute: number): readonly number[] {
  return Array.from({ length: 7 * 24 }, (_, hour) => {
    const from = timeOf(minute) + hour * hourMs
    return rates.expected(from, from + hourMs)
  })
}

describe("Usual rates", () => {
  it("are learned of values that never come in the first minute of an hour", () => {
    const rates = new UsualRates()
    for (let minute = 7; minute < 2 * dayMinutes; minute += 20) rates.push(timeOf(minute), 1)
    const expected = rates.expected(timeOf(2 * dayMinutes), timeOf(2 * dayMinutes) + hourMs)
    expect(expected).toBeGreaterThan(2.5)
    expect(expected).toBeLessThan(3.5)
  })

  it("are not learned of hours of which only a part was watched", () => {
    const rates = new UsualRates()
    for (let day = 0; day < 8; day++) {
      // From 9:50 to 12:10.
      for (let minute = 590; minute < 730; minute++) rates.push(timeOf(day * dayMinutes + minute), 2)
      rates.resume()
    }
    const { counts, means } = rates.toJSON().day
    expect(counts.slice(8, 14)).toEqual([0, 0, 5, 5, 0, 0])
    expect(means.slice(8, 14)).toEqual([0, 0, 2, 2, 0, 0])
  })

  it("expect the same from what is stored, which is short", () => {
    const rates = learn(3)
    const text = JSON.stringify(rates)
    expect(text.length).toBeLessThan(2000)
    const restored = ofWeek(new UsualRates(JSON.parse(text)), 3 * weekMinutes)
    for (const [hour, expected] of ofWeek(rates, 3 * weekMinutes).entries()) {
      expect(Math.abs((restored[hour] ?? 0) / expected - 1), `hour ${hour}`).toBeLessThan(0.01)
    }
  })

  it("are known from what was stored with an object for each hour", () => {
    const hours = (size: number) =>
      Array.from({ length: size }, (_, hour) => (hour % 24 === 3 ? null : { mean: 0.5, count: 400 }))
    const recent = { mean: 0.6, count: 90 }
    const stored = { day: hours(24), week: hours(168), recent, hour: null }
    const rates = new UsualRates(JSON.parse(JSON.stringify(stored)))
    expect(ofWeek(rates, 0).slice(0, 7)).toEqual([30, 30, 0, 0, 0, 30, 30])
  })
})
