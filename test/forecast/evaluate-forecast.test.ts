import { describe, expect, it } from "vitest"
import { evaluateForecast, forecast } from "../../src/index.ts"
import { day } from "./series.ts"

describe("evaluateForecast", () => {
  it("measures absolute, squared and relative errors", () => {
    expect(evaluateForecast([10, 20], [12, 16])).toEqual({
      count: 2,
      mae: 3,
      rmse: Math.sqrt(10),
      mape: 20,
      coverage: {},
    })
  })

  it("leaves zeros out of the relative error, which is null where there is nothing else", () => {
    expect(evaluateForecast([0, 10], [5, 11]).mape).toBeCloseTo(10)
    expect(evaluateForecast([0, 0], [0, 1])).toMatchObject({ mae: 0.5, mape: null })
  })

  it("leaves gaps out, and what only one of both has", () => {
    expect(evaluateForecast([1, null, Number.NaN, 4, 5], [2, 2, 2, 2])).toMatchObject({ count: 2, mae: 1.5 })
  })

  it("tells how much came within the intervals", () => {
    const intervals = {
      80: { lower: [0, 0, 0, 0], upper: [1, 1, 1, 1] },
      95: { lower: [0, 0, 0, 0], upper: [3, 3, 3, 3] },
    }
    expect(evaluateForecast([0, 1, 2, 3], { mean: [0, 0, 0, 0], intervals }).coverage).toEqual({ 80: 50, 95: 100 })
  })

  it("takes what forecast answers", () => {
    const series = day(240)
    const { count, mape } = evaluateForecast(
      series.slice(192),
      forecast(series.slice(0, 192), 48, { seasonLength: 24 }),
    )
    expect(count).toBe(48)
    expect(mape).toBeLessThan(5)
  })

  it("refuses with FN_006 where there is nothing to compare", () => {
    expect(() => evaluateForecast([], [1])).toThrow(
      expect.objectContaining({ code: "FN_006", issues: [expect.objectContaining({ path: "actuals" })] }),
    )
  })

  it.each([
    ["actuals", null, [1]],
    ["actuals", 1, [1]],
    ["forecast", [1], null],
    ["forecast", [1], {}],
    ["forecast", [1], { mean: 1 }],
  ])("refuses %s with FN_006 where there are no values at all: %j, %j", (path, actuals, given) => {
    expect(() => evaluateForecast(actuals as never, given as never)).toThrow(
      expect.objectContaining({ code: "FN_006", issues: [expect.objectContaining({ path })] }),
    )
  })
})
