import { describe, expect, it } from "vitest"
import { FunctionsError, forecast } from "../../src/index.ts"
import { day, week } from "./series.ts"

describe("forecast", () => {
  it("goes on with a day and a week that it was given the day of", () => {
    const series = week(4 * 168 + 48)
    const { mean, backend, fallbacks } = forecast(series.slice(0, -48), 48, { seasonLength: 24 })
    expect(backend).toBe("combined")
    expect(fallbacks).toEqual([])
    mean.forEach((value, lead) => {
      expect(Math.abs(value - (series[672 + lead] as number))).toBeLessThan(8)
    })
  })

  it("finds the season of values that come without one", () => {
    const series = day(240 + 24)
    const { mean } = forecast(series.slice(0, 240), 24)
    mean.forEach((value, lead) => {
      expect(value).toBeCloseTo(series[240 + lead] as number, -1)
    })
  })

  it("is not led astray by spikes", () => {
    const spiky = Array.from({ length: 600 }, (_, index) => (index % 37 === 0 ? 1e6 : 10 + (index % 3)))
    const { mean } = forecast(spiky, 60, { seasonLength: 288 })
    expect([...mean].sort((a, b) => a - b)[30]).toBeLessThan(13)
  })

  it("holds most of what comes within its intervals", () => {
    const series = week(900).map((value, index) => value + 10 * noise(index))
    const { intervals } = forecast(series.slice(0, 800), 100, { seasonLength: 24 })
    const inside = (level: number) =>
      series.slice(800).filter((value, lead) => {
        const { lower, upper } = intervals[level] as (typeof intervals)[number]
        return value >= (lower[lead] as number) && value <= (upper[lead] as number)
      }).length
    expect(inside(80)).toBeGreaterThan(60)
    expect(inside(80)).toBeLessThan(96)
    expect(inside(95)).toBeGreaterThan(85)
  })

  it("answers a history that is hardly longer than its season", () => {
    const lengths = Array.from({ length: 30 }, (_, more) => 12 + more)
    for (const length of lengths) {
      expect(forecast(day(length), 3, { seasonLength: 12 }).mean.every(Number.isFinite)).toBe(true)
    }
  })

  it("goes on with a constant, without any width", () => {
    const { mean, intervals } = forecast(new Array(50).fill(7), 3, { seasonLength: 4 })
    expect(mean).toEqual([7, 7, 7])
    expect(intervals[95]).toEqual({ lower: [7, 7, 7], upper: [7, 7, 7] })
  })

  it.each([
    [[5], "seasonal-naive"],
    [[5, 6], "seasonal-naive"],
    [[5, 6, 7], "seasonal-naive"],
    [[5, 6, 7, 8], "exponential-smoothing"],
    [[5, 6, 5, 7, 5, 6, 5, 7, 5, 6, 5, 7], "combined"],
  ])("answers a history of %j by %s", (history, backend) => {
    const answer = forecast(history, 5)
    expect(answer.backend).toBe(backend)
    expect(answer.mean).toHaveLength(5)
    expect(answer.intervals[80]?.lower).toHaveLength(5)
  })

  it("tells which backends had too short a history", () => {
    expect(forecast([1, 2], 1).fallbacks).toEqual([
      { backend: "combined", reason: "It needs 12 points of history, and there are 2." },
      { backend: "exponential-smoothing", reason: "It needs 4 points of history, and there are 2." },
    ])
  })

  it("widens the interval of few points with the horizon", () => {
    const { intervals } = forecast([5, 6, 7], 3)
    const { lower, upper } = intervals[80] as (typeof intervals)[number]
    const widths = upper.map((value, lead) => value - (lower[lead] as number))
    expect(widths[0]).toBeGreaterThan(0)
    expect(widths[2]).toBeGreaterThan(widths[0] as number)
  })

  it("repeats the last season where seasonal-naive is asked for", () => {
    const { mean, backend } = forecast([1, 2, 3, 4, 5, 6], 4, { seasonLength: 3, backend: "seasonal-naive" })
    expect(backend).toBe("seasonal-naive")
    expect(mean).toEqual([4, 5, 6, 4])
  })

  it("follows a trend that dies away where exponential-smoothing is asked for", () => {
    const line = Array.from({ length: 60 }, (_, index) => 10 + 2 * index)
    const { mean, backend } = forecast(line, 3, { backend: "exponential-smoothing" })
    expect(backend).toBe("exponential-smoothing")
    expect(mean[0]).toBeGreaterThan(128.5)
    expect((mean[2] as number) - (mean[1] as number)).toBeLessThan(2.1)
  })

  it("moves with its history where exponential-smoothing is asked for", () => {
    const options = { seasonLength: 24, backend: "exponential-smoothing" }
    const series = week(200)
    const moved = forecast(
      series.map((value) => value + 1000),
      24,
      options,
    )
    forecast(series, 24, options).mean.forEach((value, lead) => {
      expect(moved.mean[lead]).toBeCloseTo(value + 1000, 6)
    })
  })

  it("fills gaps with what was a season before, or on the line between neighbours", () => {
    const naive = { seasonLength: 3, backend: "seasonal-naive" }
    expect(forecast([null, 1, 2, 3, null, Number.NaN, 6], 3, naive).mean).toEqual([1, 2, 6])
    expect(forecast([1, null, null, 4, null], 1, { backend: "seasonal-naive" }).mean).toEqual([4])
    expect(forecast([2, null, 6, 2, 4, 6], 1, { backend: "seasonal-naive" })).toEqual(
      forecast([2, 4, 6, 2, 4, 6], 1, { backend: "seasonal-naive" }),
    )
  })

  it("stays at or above zero where the history does", () => {
    const { mean, intervals } = forecast([9, 8, 7, 5, 4, 4, 3, 2, 1, 1, 0, 0], 30)
    expect(Math.min(...mean, ...(intervals[95]?.lower ?? []))).toBeGreaterThanOrEqual(0)
  })

  it.each([
    ["horizon", [1, 2], 0, {}],
    ["horizon", [1, 2], 721, {}],
    ["horizon", [1, 2], 1.5, {}],
    ["horizon", [1, 2], Number.NaN, {}],
    ["seasonLength", [1, 2], 1, { seasonLength: Number.NaN }],
    ["seasonLength", [1, 2], 1, { seasonLength: 0 }],
    ["seasonLength", [1, 2], 1, { seasonLength: 2.5 }],
    ["levels[0]", [1, 2], 1, { levels: [0] }],
    ["levels[1]", [1, 2], 1, { levels: [80, 100] }],
    ["levels[0]", [1, 2], 1, { levels: [Number.NaN] }],
    ["levels", [1, 2], 1, { levels: 95 as never }],
    ["backend", [1, 2], 1, { backend: "combinde" }],
    ["backend", [1, 2], 1, { backend: null }],
    ["options", [1, 2], 1, null],
    ["options", [1, 2], 1, 24],
    ["history", [], 1, {}],
    ["history", [null, Number.NaN], 1, {}],
    ["history[1]", [1, Number.POSITIVE_INFINITY], 1, {}],
    ["history[0]", ["1" as never], 1, {}],
    ["history", null as never, 1, {}],
  ])("refuses with FN_006 and names %s", (path, history, horizon, options) => {
    const refused = catchError(() => forecast(history as number[], horizon as number, options as object))
    expect(refused).toBeInstanceOf(FunctionsError)
    expect(refused).toMatchObject({ code: "FN_006", issues: [{ path }] })
    expect((refused as Error).message).toContain(`Cannot forecast: ${path}: `)
  })

  it("refuses options that it does not know, and suggests the one that was meant", () => {
    expect(catchError(() => forecast([1], 1, { seasonLenght: 24 } as never))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "seasonLenght" }],
      message: 'Cannot forecast: "seasonLenght" is not known (did you mean "seasonLength"?).',
    })
    expect(catchError(() => forecast([1], 1, { signal: undefined, season: undefined } as never))).toBeUndefined()
  })

  it("suggests the backend that was meant", () => {
    expect(catchError(() => forecast([1], 1, { backend: "combinde" }))).toMatchObject({
      message: expect.stringContaining('(did you mean "combined"?)'),
    })
  })
})

function catchError(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

/** Between -1 and 1, without a pattern that repeats soon. */
function noise(index: number): number {
  const raw = Math.sin(index * 12.9898) * 43758.5453
  return 2 * (raw - Math.floor(raw)) - 1
}
