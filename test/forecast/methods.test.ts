import { describe, expect, it } from "vitest"
import { hourlyPattern } from "../../src/forecast/methods/hourly-pattern.ts"
import { levelledProfile } from "../../src/forecast/methods/levelled-profile.ts"
import type { Method, Seasons } from "../../src/forecast/methods/method.ts"
import { canLearn } from "../../src/forecast/rolling-origin.ts"
import { day, week } from "./series.ts"

const daily: Seasons = { short: 24 }

describe("a levelled profile", () => {
  it("goes on with the day as it is", () => {
    expectPath(forecastBy(levelledProfile("profile", 1), day(240), daily, 24), day(264).slice(240))
  })

  it("is as many times its usual height as the last hours were, or the root of that with a share of a half", () => {
    const lately = day(240).map((value, hour) => (hour < 234 ? value : 1.5 * value))
    const usual = day(264).slice(240)
    expectPath(
      forecastBy(levelledProfile("profile", 1), lately, daily, 24),
      usual.map((value) => 1.5 * value),
    )
    expectPath(
      forecastBy(levelledProfile("profile", 0.5), lately, daily, 24),
      usual.map((value) => Math.sqrt(1.5) * value),
    )
  })

  it("does not believe more than four times as much", () => {
    const lately = day(240).map((value, hour) => (hour < 234 ? value : 100 * value))
    expectPath(
      forecastBy(levelledProfile("profile", 1), lately, daily, 24),
      day(264)
        .slice(240)
        .map((value) => 4 * value),
    )
  })

  it("moves up and down by the difference where values are below zero", () => {
    const lately = day(250).map((value, hour) => value - 100 + (hour < 244 ? 0 : 20))
    expectPath(
      forecastBy(levelledProfile("profile", 1), lately, daily, 24),
      day(274)
        .slice(250)
        .map((value) => value - 80),
    )
  })

  it("knows the weekend where there are weeks", () => {
    const hours = 4 * 168 + 120
    expectPath(
      forecastBy(levelledProfile("profile", 1), week(hours), { short: 24, long: 168 }, 48),
      week(hours + 48).slice(hours),
    )
  })

  it("has nothing to say without a season", () => {
    expect(canLearn(levelledProfile("profile", 1), 1000, { short: 1 })).toBe(false)
    expect(canLearn(levelledProfile("profile", 1), 1000, daily)).toBe(true)
  })
})

describe("the hourly pattern", () => {
  const fiveMinutes: Seasons = { short: 288 }
  const clock = (length: number) =>
    Array.from({ length }, (_, index) => [9, 0, 1, 0, 2, 0, 3, 0, 2, 0, 1, 0][index % 12] as number)

  it("goes on with what runs by the clock, at the level of the last hour", () => {
    const series = clock(612).map((value, index) => value + (index < 588 ? 10 : 50))
    expectPath(
      forecastBy(hourlyPattern, series.slice(0, 600), fiveMinutes, 60),
      clock(660)
        .slice(600)
        .map((value) => value + 50),
    )
  })

  it("has nothing to say of a season that is no day of points a quarter of an hour apart or less", () => {
    const able = (short: number) => canLearn(hourlyPattern, 5000, { short })
    expect([1, 7, 24, 48, 72, 100, 96, 288, 1440].filter(able)).toEqual([96, 288, 1440])
  })

  it("has nothing to say of a week or a year of hours, nor of a week of half hours: a 24th of them is no hour", () => {
    const able = (short: number) => canLearn(hourlyPattern, 50_000, { short })
    expect([168, 336, 8760, 600].filter(able)).toEqual([])
  })

  it("knows the hour of a season that is a week of five minutes", () => {
    const series = clock(4032)
    expectPath(forecastBy(hourlyPattern, series, { short: 2016 }, 60), clock(4092).slice(4032))
    const lately = series.map((value, index) => value + (index < 4020 ? 10 : 50))
    expectPath(
      forecastBy(hourlyPattern, lately, { short: 2016 }, 12),
      clock(12).map((value) => value + 50),
    )
  })
})

/** The method never sees what comes after: it is NaN. */
function forecastBy(method: Method, history: readonly number[], seasons: Seasons, horizon: number): Float64Array {
  const values = new Float64Array(history.length + horizon).fill(Number.NaN)
  values.set(history)
  return method.fit(values.subarray(0, history.length), seasons)(values, history.length, horizon)
}

function expectPath(path: Float64Array, expected: readonly number[]): void {
  expect(path).toHaveLength(expected.length)
  path.forEach((value, lead) => {
    expect(value).toBeCloseTo(expected[lead] as number, 9)
  })
}
