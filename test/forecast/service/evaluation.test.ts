import { describe, expect, it } from "vitest"
import type { ForecastBackend } from "../../../src/index.ts"
import { day, hour, monday, openKit, recordDays } from "./kit.ts"

/** Forecasts the same value for each point, ten about it. */
function constant(name: string, value: number): ForecastBackend {
  return {
    name,
    capabilities: { minimumHistory: 1, maximumHorizon: 720, seasonal: false, remote: false },
    forecast: ({ horizon, levels }) => {
      const all = (height: number) => new Array<number>(horizon).fill(height)
      const interval = { lower: all(value - 10), upper: all(value + 10) }
      return { mean: all(value), intervals: Object.fromEntries(levels.map((level) => [level, interval])) }
    },
  }
}

const backends = [constant("ten", 10), constant("twenty", 20)]
const ask = { key: "load", step: "1h", horizon: 4, backend: "ten" } as const

/** Values of the hours that come: 10 more, 10 less, nothing, 40 more. */
async function record(kit: Awaited<ReturnType<typeof openKit>>, values: readonly (number | null)[]): Promise<void> {
  for (const value of values) {
    if (value !== null) kit.functions.metrics.record([{ key: "load", value }])
    await kit.clock.advance("1h")
  }
}

describe("the evaluation of a forecast", () => {
  it("holds what is over against what came, and is kept once all of it is", async () => {
    const kit = await openKit({ forecasts: { backends } })
    await recordDays(kit, 1, { valueAt: () => 10 })
    const { forecasts } = kit.functions
    const { id } = await forecasts.make(ask)
    await expect(forecasts.evaluate(id)).rejects.toMatchObject({
      code: "FN_006",
      message: expect.stringContaining("its first step is over at 2026-01-06T01:00:00.000Z"),
    })
    await record(kit, [20, 40])
    expect(await forecasts.evaluate(id)).toEqual({
      ...{ count: 2, mae: 20, rmse: Math.sqrt(500), mape: 62.5, coverage: { 80: 50, 95: 50 } },
      ...{ evaluatedAt: kit.clock.now(), complete: false },
    })
    expect((await forecasts.get(id)).evaluation).toBeNull()
    await record(kit, [null, 0])
    await kit.clock.advance("3m")
    await forecasts.accuracy()
    const { evaluation } = await forecasts.get(id)
    expect(evaluation).toMatchObject({ count: 3, mape: 62.5, complete: true })
    expect(evaluation?.mae).toBeCloseTo(50 / 3)
    await kit.clock.advance("10d")
    expect(await forecasts.evaluate(id)).toEqual(evaluation)
    await expect(forecasts.evaluate("missing")).rejects.toMatchObject({ code: "FN_001" })
  })

  it("takes an empty step for 0 of a count, and for nothing of a mean", async () => {
    const kit = await openKit({ forecasts: { backends } })
    await recordDays(kit, 1, { valueAt: () => 10 })
    const { forecasts } = kit.functions
    const mean = await forecasts.make(ask)
    const count = await forecasts.make({ ...ask, statistic: "count" })
    await kit.clock.advance("5h")
    await expect(forecasts.evaluate(mean.id)).rejects.toMatchObject({
      message: expect.stringContaining("nothing came to compare it with"),
    })
    expect(await forecasts.evaluate(count.id)).toMatchObject({ count: 4, mae: 10, mape: null })
    expect(await forecasts.accuracy({ key: "load" })).toMatchObject([{ statistic: "count", forecasts: 1, mae: 10 }])
    // What cannot be known any more is not looked for again.
    expect((await forecasts.get(mean.id)).evaluation).toBeNull()
  })

  it("is of nothing where what came is not kept any more", async () => {
    const kit = await openKit({ forecasts: { backends }, metrics: { keepHoursMs: 2 * day } })
    await recordDays(kit, 1, { valueAt: () => 10 })
    const { forecasts } = kit.functions
    const { id } = await forecasts.make({ ...ask, statistic: "count" })
    await kit.clock.advance("3d")
    await expect(forecasts.evaluate(id)).rejects.toMatchObject({ code: "FN_006" })
    expect(await forecasts.accuracy()).toEqual([])
  })
})

describe("accuracy", () => {
  it("is told by series and backend, day by day, with its trend", async () => {
    const kit = await openKit({ forecasts: { backends } })
    await recordDays(kit, 1, { valueAt: () => 10 })
    const { forecasts } = kit.functions
    for (const value of [12, 12, 13, 13]) {
      await forecasts.make(ask)
      await forecasts.make({ ...ask, backend: "twenty", levels: [50] })
      await recordDays(kit, 1, { valueAt: () => value })
    }
    const [first, second, ...others] = await forecasts.accuracy()
    expect(others).toEqual([])
    expect([first, second].map((one) => one?.backend).sort()).toEqual(["ten", "twenty"])
    const ten = first?.backend === "ten" ? first : second
    expect(ten).toMatchObject({
      ...{ key: "load", functionId: null, dimensions: {}, statistic: "mean", step: "1h", backend: "ten" },
      ...{ forecasts: 4, count: 16, mae: 2.5, coverage: { 80: 100, 95: 100 }, trend: 0.5 },
    })
    expect(ten?.rmse).toBeCloseTo(Math.sqrt(6.5))
    expect(ten?.days.map(({ date, forecasts: made, mae }) => [date, made, mae])).toEqual([
      ["2026-01-06", 1, 2],
      ["2026-01-07", 1, 2],
      ["2026-01-08", 1, 3],
      ["2026-01-09", 1, 3],
    ])
    expect(await forecasts.accuracy({ backend: "twenty" })).toMatchObject([
      { backend: "twenty", coverage: { 50: 100 } },
    ])
    const range = { from: monday + 3 * day, to: monday + 4 * day }
    expect(await forecasts.accuracy({ backend: "ten", range })).toMatchObject([{ forecasts: 1, mae: 3, trend: null }])
    expect(await forecasts.accuracy({ key: "other" })).toEqual([])
    expect(await kit.functions.organisation("other").forecasts.accuracy()).toEqual([])
    await expect(forecasts.accuracy({ range: "yesterday" })).rejects.toThrow(RangeError)
  })

  it("is of what is over alone", async () => {
    const kit = await openKit({ forecasts: { backends } })
    await recordDays(kit, 1, { valueAt: () => 10 })
    await kit.functions.forecasts.make(ask)
    await kit.clock.advance(4 * hour)
    expect(await kit.functions.forecasts.accuracy()).toEqual([])
    kit.functions.metrics.record([{ key: "load", value: 1, at: kit.clock.now() - 1 }])
    await kit.clock.advance("121s")
    expect(await kit.functions.forecasts.accuracy()).toMatchObject([{ forecasts: 1, count: 1, mae: 9 }])
  })
})
