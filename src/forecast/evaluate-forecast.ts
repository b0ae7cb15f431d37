import { FunctionsError } from "../errors/functions-error.ts"
import type { ForecastErrors } from "../model/forecast.ts"

/** What a forecast is judged by: its values, or all of it. */
export type EvaluatedForecast =
  | readonly number[]
  | {
      readonly mean: readonly number[]
      readonly intervals?: Readonly<
        Record<number, { readonly lower: readonly number[]; readonly upper: readonly number[] }>
      >
    }

/**
 * Compares what came with what was forecast, point by point, as far as both go; points that are `null` or `NaN` are left
 * out. Throws `FN_006` where there is nothing to compare.
 */
export function evaluateForecast(actuals: ArrayLike<number | null>, forecast: EvaluatedForecast): ForecastErrors {
  const { mean, intervals = {} } = "mean" in forecast ? forecast : { mean: forecast }
  const places = Array.from({ length: Math.min(actuals.length, mean.length) }, (_, index) => index).filter((index) =>
    Number.isFinite(actuals[index]),
  )
  if (places.length === 0) {
    const problem = "none of the values has a forecast to compare it with"
    throw new FunctionsError("FN_006", `Cannot evaluate forecast: actuals: ${problem}.`, {
      issues: [{ path: "actuals", message: problem }],
    })
  }
  const pairs = places.map((index) => ({ index, actual: actuals[index] as number, expected: mean[index] as number }))
  const relative = pairs.filter(({ actual }) => actual !== 0)
  const coverage: Record<number, number> = {}
  for (const [level, { lower, upper }] of Object.entries(intervals)) {
    const inside = pairs.filter(
      ({ index, actual }) => actual >= (lower[index] as number) && actual <= (upper[index] as number),
    )
    coverage[Number(level)] = (100 * inside.length) / pairs.length
  }
  return {
    count: pairs.length,
    mae: average(pairs.map(({ actual, expected }) => Math.abs(actual - expected))),
    rmse: Math.sqrt(average(pairs.map(({ actual, expected }) => (actual - expected) ** 2))),
    mape:
      relative.length === 0
        ? null
        : 100 * average(relative.map(({ actual, expected }) => Math.abs((actual - expected) / actual))),
    coverage,
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
