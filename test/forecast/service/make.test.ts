import { describe, expect, it } from "vitest"
import type { SeriesForecast } from "../../../src/index.ts"
import { day, hour, minute, monday, openKit, recordDays, wave } from "./kit.ts"

describe("a forecast of what was measured", () => {
  it("goes on from the last whole step, with intervals and the name of who made it", async () => {
    const kit = await openKit()
    await recordDays(kit, 14)
    await kit.clock.advance("20m")
    const made = await kit.functions.forecasts.make({ key: "load", step: "1h", horizon: 48 })
    expect(made).toMatchObject({
      ...{ key: "load", functionId: null, dimensions: {}, statistic: "mean", step: "1h", horizon: 48 },
      ...{ seasonLength: 24, backend: "combined", fallbacks: [], scheduleId: null, evaluation: null },
      history: { from: monday, to: monday + 14 * day, steps: 14 * 24, gaps: 0 },
      madeAt: monday + 14 * day + 20 * minute,
      endsAt: monday + 16 * day,
    })
    expect(made.points.map(({ at }) => at)).toEqual(
      Array.from({ length: 48 }, (_, lead) => monday + 14 * day + lead * hour),
    )
    for (const { at, value, intervals } of made.points) {
      expect(Math.abs(value - wave(at))).toBeLessThan(1)
      expect(Object.keys(intervals)).toEqual(["80", "95"])
      expect(intervals[95]?.lower).toBeLessThanOrEqual(intervals[80]?.lower ?? Number.NaN)
      expect(intervals[95]?.upper).toBeGreaterThanOrEqual(intervals[80]?.upper ?? Number.NaN)
    }
  })

  it("is kept, listed without its points, and told", async () => {
    const kit = await openKit()
    const told: SeriesForecast[] = []
    kit.functions.on("forecast.made", (made) => told.push(made))
    await recordDays(kit, 3)
    const made = await kit.functions.forecasts.make({ key: "load", step: "1h", horizon: 3, levels: [50] })
    expect(told).toEqual([made])
    const kept = await kit.functions.forecasts.get(made.id)
    expect(kept).toMatchObject({ ...made, points: expect.any(Array) })
    expect(kept.points[2]?.value).toBeCloseTo(made.points[2]?.value ?? 0, 5)
    const { points, ...summary } = made
    expect(points).toHaveLength(3)
    expect((await kit.functions.forecasts.list({ key: "load" })).items).toEqual([summary])
    expect((await kit.functions.forecasts.list({ key: "other" })).items).toEqual([])
    const other = kit.functions.organisation("other")
    expect((await other.forecasts.list()).items).toEqual([])
    await expect(other.forecasts.get(made.id)).rejects.toMatchObject({ code: "FN_001" })
  })

  it("takes an empty step for none of a count and for a gap of a mean", async () => {
    const kit = await openKit()
    // Two values in each even hour, none in the odd ones.
    const valueAt = (at: number) => ((at / hour) % 2 === 0 ? 7 : null)
    await recordDays(kit, 5, { valueAt })
    const make = (statistic: "count" | "sum" | "mean") =>
      kit.functions.forecasts.make({ key: "load", step: "1h", horizon: 4, statistic, backend: "seasonal-naive" })
    const count = await make("count")
    expect(count.points.map(({ value }) => value)).toEqual([1, 0, 1, 0])
    expect(count.history).toMatchObject({ steps: 120, gaps: 0 })
    expect((await make("sum")).points.map(({ value }) => value)).toEqual([7, 0, 7, 0])
    const mean = await make("mean")
    expect(mean.points.map(({ value }) => value)).toEqual([7, 7, 7, 7])
    expect(mean.history).toMatchObject({ steps: 120, gaps: 60 })
  })

  it.each([
    ["1m", minute, 2, 1440],
    ["5m", 5 * minute, 2, 288],
    ["1h", hour, 2, 24],
    ["1d", day, 14, 7],
  ] as const)("takes the season of steps of %s where the history holds two", async (step, stepMs, days, season) => {
    const kit = await openKit()
    await recordDays(kit, days - 1, { stepMs })
    if (days * day > 13 * stepMs) {
      const early = await kit.functions.forecasts.make({ key: "load", step, horizon: 2 })
      expect(early.seasonLength).toBe(1)
      expect(early.points.map(({ at }) => at - kit.clock.now())).toEqual([0, stepMs])
    }
    await recordDays(kit, 1, { stepMs })
    const { seasonLength } = await kit.functions.forecasts.make({ key: "load", step, horizon: 2 })
    expect(seasonLength).toBe(season)
    const given = await kit.functions.forecasts.make({ key: "load", step, horizon: 2, seasonLength: 5 })
    expect(given.seasonLength).toBe(5)
  })

  it("is of one function, or of series with the dimensions that are asked for", async () => {
    const kit = await openKit()
    const { functions, clock } = kit
    const { functionId } = await functions.deploy({ name: "work", source: "export default () => 1" })
    for (let count = 0; count < 15; count++) {
      await functions.invoke("work")
      functions.metrics.record([
        { key: "orders", value: 1, dimensions: { shop: "a" } },
        { key: "orders", value: 3, dimensions: { shop: "b" } },
      ])
      await clock.advance("5m")
    }
    await clock.advance("2m")
    const { forecasts } = functions
    const calls = await forecasts.make({
      ...{ key: "function.duration_ms", function: "work", statistic: "count", step: "5m", horizon: 2 },
    })
    expect(calls).toMatchObject({ functionId, points: [{ value: 1 }, { value: 1 }] })
    const ofShop = (shop: string) => forecasts.make({ key: "orders", dimensions: { shop }, step: "5m", horizon: 1 })
    expect((await ofShop("b")).points[0]?.value).toBeCloseTo(3)
    await expect(ofShop("c")).rejects.toMatchObject({ code: "FN_001", message: expect.stringContaining("shop c") })
    await expect(forecasts.make({ key: "orders", function: "gone", step: "5m", horizon: 1 })).rejects.toMatchObject({
      code: "FN_001",
    })
  })

  it("does not take what other processes have not written down yet for the end of a count", async () => {
    const kit = await openKit()
    const { functions, clock } = kit
    for (let count = 0; count < 30; count++) {
      await clock.advance("1m")
      if (count < 29) functions.metrics.record([{ key: "calls", value: 1, at: clock.now() - minute }])
    }
    const made = await functions.forecasts.make({ key: "calls", statistic: "count", step: "1m", horizon: 1 })
    expect(made).toMatchObject({ history: { steps: 30, gaps: 1 }, points: [{ value: 1 }] })
  })

  it.each([
    [{ horizon: 0 }, "horizon"],
    [{ horizon: 721 }, "horizon"],
    [{ horizon: Number.NaN }, "horizon"],
    [{ horizon: Number.POSITIVE_INFINITY }, "horizon"],
    [{ horizon: 1.5 }, "horizon"],
    [{ step: "2m" }, "step"],
    [{ statistic: "p42" }, "statistic"],
    [{ levels: [0] }, "levels.0"],
    [{ levels: [80, 100] }, "levels.1"],
    [{ seasonLength: 0 }, "seasonLength"],
    [{ backend: "oracle" }, "backend"],
    [{ dimensions: { shop: 1 } }, "dimensions.shop"],
    [{ extra: 1 }, "extra"],
  ])("refuses %j, names the field, and keeps nothing", async (change, path) => {
    const kit = await openKit()
    await recordDays(kit, 1)
    const input = { key: "load", step: "1h", horizon: 1, ...change } as never
    await expect(kit.functions.forecasts.make(input)).rejects.toMatchObject({ code: "FN_006", issues: [{ path }] })
    expect((await kit.functions.forecasts.list()).items).toEqual([])
  })

  it("refuses a series that is not there, and one of which too little is known", async () => {
    const kit = await openKit()
    const { forecasts, metrics } = kit.functions
    const ask = { key: "load", step: "1h", horizon: 1 } as const
    await expect(forecasts.make(ask)).rejects.toMatchObject({ code: "FN_001" })
    for (let count = 0; count < 11; count++) {
      metrics.record([{ key: "load", value: count }])
      await kit.clock.advance("1h")
    }
    await expect(forecasts.make(ask)).rejects.toMatchObject({
      code: "FN_006",
      message: expect.stringContaining('"load" has values in 11 steps of 1h that are over, and 12 are needed'),
      issues: [{ path: "key" }],
    })
    metrics.record([{ key: "load", value: 12 }])
    await kit.clock.advance("1h")
    expect((await forecasts.make(ask)).history.steps).toBe(12)
  })

  it("goes up to 720 steps", async () => {
    const kit = await openKit()
    await recordDays(kit, 2)
    const { points, endsAt } = await kit.functions.forecasts.make({ key: "load", step: "1h", horizon: 720 })
    expect(points).toHaveLength(720)
    expect(endsAt).toBe(monday + 32 * day)
    expect((await kit.functions.forecasts.list()).items).toHaveLength(1)
  })
})
