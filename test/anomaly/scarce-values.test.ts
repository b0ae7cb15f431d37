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

/** One that has seen some weeks, with the minutes in which it told of a silence. */
function watch(weeks: number) {
  const random = seeded(4_711)
  const values = new ScarceValues(defaultSettings, 0)
  const told: number[] = []
  const take = (minute: number, count: number) => {
    const at = timeOf(minute)
    if (count > 0) values.push(at, count)
    else if (values.silence(at + minuteMs, defaultSettings, least)) told.push(minute)
  }
  const until = weeks * weekMinutes
  for (let minute = 0; minute < until; minute++) take(minute, inOffice(minute, random))
  return { values, told, take, random, until }
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

  it("are told within ten minutes in the afternoon, and the same by one that goes on from what is stored", () => {
    const { values, take, random, until } = watch(4)
    const begin = until + dayMinutes + 14 * 60
    for (let minute = until; minute < begin; minute++) take(minute, inOffice(minute, random))
    const restored = new ScarceValues(defaultSettings, timeOf(begin - 1), JSON.parse(JSON.stringify(values)))
    const delay = delayFrom(values, begin)
    expect(delay).toBeGreaterThan(3)
    expect(delay).toBeLessThanOrEqual(10)
    expect(Math.abs(delayFrom(restored, begin) - delay)).toBeLessThanOrEqual(1)
    // It was told, however long it gets.
    expect(delayFrom(values, begin + delay)).toBe(Number.POSITIVE_INFINITY)
  })

  it("that end in the evening are told with the next morning's calls that do not come", () => {
    const { values, take, random, until } = watch(4)
    const evening = until + dayMinutes + 18 * 60
    for (let minute = until; minute < evening; minute++) take(minute, inOffice(minute, random))
    const delay = delayFrom(values, evening)
    const morning = evening + 14 * 60
    expect(evening + delay).toBeGreaterThan(morning)
    expect(evening + delay).toBeLessThanOrEqual(morning + 10)
  })

  it("are none while nobody watches", () => {
    const { values, until } = watch(4)
    values.resume()
    expect(delayFrom(values, until + dayMinutes + 14 * 60)).toBe(Number.POSITIVE_INFINITY)
  })
})
