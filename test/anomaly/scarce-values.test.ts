import { describe, expect, it } from "vitest"
import { ScarceValues } from "../../src/anomaly/watch/scarce-values.ts"
import { defaultSettings } from "../../src/anomaly/watch/settings.ts"
import { minuteMs, seeded, timeOf, weekMinutes } from "./simulated.ts"

const least = 0.6
const dayMinutes = 1440

/** Calls at random, two a minute, from eight to six on five days of the week. */
function inOffice(minute: number, random: () => number): number {
  const [day, hour] = [Math.floor(minute / dayMinutes) % 7, Math.floor((minute % dayMinutes) / 60)]
  const calls = (random() < 0.63 ? 1 : 0) + (random() < 0.63 ? 1 : 0) + (random() < 0.63 ? 1 : 0)
  return day < 5 && hour >= 8 && hour < 18 ? calls : 0
}

/** One that has seen some weeks from a minute on, with the minutes in which it told of a silence. */
function watch(weeks: number, from = 0) {
  const random = seeded(4_711)
  const values = new ScarceValues(defaultSettings, 0)
  const told: number[] = []
  const take = (minute: number, count: number) => {
    const at = timeOf(minute)
    if (count > 0) values.push(at, count)
    else if (values.silence(at + minuteMs, defaultSettings, least)) told.push(minute)
  }
  const until = weeks * weekMinutes
  for (let minute = from; minute < until; minute++) take(minute, inOffice(minute, random))
  return { values, told, take, random, until }
}

/** The same at that minute, as one that goes on from what is stored. */
function restore(values: ScarceValues, minute: number): ScarceValues {
  return new ScarceValues(defaultSettings, timeOf(minute), JSON.parse(JSON.stringify(values)))
}

/** Minutes from one on without values until that is told. */
function delayFrom(values: ScarceValues, minute: number): number {
  for (let after = 0; after < 3 * dayMinutes; after++) {
    if (values.silence(timeOf(minute + after) + minuteMs, defaultSettings, least)) return after + 1
  }
  return Number.POSITIVE_INFINITY
}

describe("Silences of a function that is called in office hours", () => {
  it("are no nights and weekends, once these are known", () => {
    const { told } = watch(5)
    expect(told.filter((minute) => minute >= 2 * weekMinutes)).toEqual([])
    expect(told.length).toBeLessThanOrEqual(1)
  })

  it("are no nights and weekends from the beginning, whenever its first call came", () => {
    const firstCalls = [8 * 60, 2 * dayMinutes + 8 * 60, 4 * dayMinutes + 8 * 60, 4 * dayMinutes + 17 * 60 + 30]
    expect(firstCalls.map((from) => watch(4, from).told)).toEqual([[], [], [], []])
  })

  it("are none in the weeks after the clocks were set forward or back", () => {
    const { values, random, until } = watch(5)
    for (const shift of [-60, 60]) {
      const shifted = restore(values, until - 1)
      const told: number[] = []
      for (let minute = until; minute < until + 3 * weekMinutes; minute++) {
        const count = inOffice(minute + shift, random)
        if (count > 0) shifted.push(timeOf(minute), count)
        else if (shifted.silence(timeOf(minute) + minuteMs, defaultSettings, least)) told.push(minute)
      }
      expect(told, `clocks set by ${shift} minutes`).toEqual([])
    }
  })

  it("are told once on a holiday", () => {
    const { told, take, random, until } = watch(4)
    for (let minute = until; minute < until + weekMinutes; minute++) {
      const isHoliday = Math.floor((minute - until) / dayMinutes) === 2
      take(minute, isHoliday ? 0 : inOffice(minute, random))
    }
    const holiday = until + 2 * dayMinutes
    expect(told).toHaveLength(1)
    expect(told[0]).toBeGreaterThan(holiday + 9 * 60)
    expect(told[0]).toBeLessThanOrEqual(holiday + 9 * 60 + 10)
  })

  it("are told within ten minutes in the afternoon, and the same by one that goes on from what is stored", () => {
    const { values, take, random, until } = watch(4)
    const begin = until + dayMinutes + 14 * 60
    for (let minute = until; minute < begin; minute++) take(minute, inOffice(minute, random))
    const restored = restore(values, begin - 1)
    const delay = delayFrom(values, begin)
    expect(delay).toBeGreaterThan(3)
    expect(delay).toBeLessThanOrEqual(10)
    expect(Math.abs(delayFrom(restored, begin) - delay)).toBeLessThanOrEqual(1)
    // It was told, however long it gets.
    expect(delayFrom(values, begin + delay)).toBe(Number.POSITIVE_INFINITY)
  })

  it("that end in the evening are told with the next morning's calls that do not come, an hour after the earliest in which they might", () => {
    const { values, take, random, until } = watch(4)
    const evening = until + dayMinutes + 18 * 60
    for (let minute = until; minute < evening; minute++) take(minute, inOffice(minute, random))
    const delay = delayFrom(values, evening)
    // Were the clocks set back in the night, they would begin then.
    const morning = evening + 15 * 60
    expect(evening + delay).toBeGreaterThan(morning)
    expect(evening + delay).toBeLessThanOrEqual(morning + 10)
  })

  it("are none while nobody watches", () => {
    const { values, until } = watch(4)
    values.resume()
    expect(delayFrom(values, until + dayMinutes + 14 * 60)).toBe(Number.POSITIVE_INFINITY)
  })

  it("miss as much as they did, where a process goes on in the middle of one", () => {
    const { values, take, random, until } = watch(4)
    const begin = until + dayMinutes + 14 * 60
    for (let minute = until; minute < begin; minute++) take(minute, inOffice(minute, random))
    const kept = restore(values, begin - 1)
    kept.silence(timeOf(begin + 3), defaultSettings, least)
    // It was stored once with what was missing by then.
    const states = [{}, { missing: 6 }].map((more) => ({ ...JSON.parse(JSON.stringify(kept)), ...more }))
    const restarted = states.map((state) => new ScarceValues(defaultSettings, timeOf(begin - 1), state))
    const [most = 0, ...others] = [kept, ...restarted].map((one) => {
      one.push(timeOf(begin + 240), 1)
      return one.toJSON().most?.missing
    })
    expect(most).toBeGreaterThan(100)
    for (const other of others) expect(other).toBeCloseTo(most, 6)
  })
})
