import { FunctionsError } from "../errors/functions-error.ts"
import type { ForecastErrors } from "../model/forecast.ts"
import { isRecord } from "../util/is-record.ts"

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
  if (!isList(actuals)) throw refused("actuals", "it must be an array of numbers")
  if (!isList(forecast) && !(isRecord(forecast) && isList(forecast.mean))) {
    throw refused("forecast", "it must be an array of numbers, or what forecast() answered")
  }
  const { mean, intervals = {} } = "mean" in forecast ? forecast : { mean: forecast }
  const places = Array.from({ length: Math.min(actuals.length, mean.length) }, (_, index) => index).filter((index) =>
    Number.isFinite(actuals[index]),
  )
  if (places.length === 0) throw refused("actuals", "none of the values has a forecast to compare it with")
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

function isList(value: unknown): boolean {
  return typeof value === "object" && value !== null && "length" in value
}

function refused(path: string, message: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot evaluate forecast: ${path}: ${message}.`, { issues: [{ path, message }] })
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
