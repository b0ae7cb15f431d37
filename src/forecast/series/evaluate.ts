import { FunctionsError } from "../../errors/functions-error.ts"
import type { ForecastEvaluation, SeriesForecast } from "../../model/forecast.ts"
import type { ForecastStore } from "../../ports/forecast-storage.ts"
import { evaluateForecast } from "../evaluate-forecast.ts"
import { keptMs, type MakingOptions } from "./make-forecast.ts"
import { readSteps } from "./read-steps.ts"
import { isZeroWhereEmpty, stepSettings } from "./steps.ts"

/** What forecasts are held against. */
export interface EvaluationOptions extends Pick<MakingOptions, "query" | "keepMs" | "now"> {
  readonly store: Pick<ForecastStore, "listDue" | "evaluate">
}

/** Other processes write down later what they have measured. */
const graceMs = 120_000

/** Forecasts with all of their points take room. */
const atOnce = 20

/** Holds a forecast against what came of its steps that are over; null where that is nothing. */
export async function evaluateSteps(
  { query, keepMs, now }: EvaluationOptions,
  forecast: SeriesForecast,
): Promise<ForecastEvaluation | null> {
  const { ms } = stepSettings[forecast.step]
  const evaluatedAt = Math.floor(now())
  const from = forecast.history.to
  const to = Math.min(forecast.endsAt, evaluatedAt - (evaluatedAt % ms))
  if (to <= from) return null
  // What is not kept any more is no zero.
  const kept = evaluatedAt - keptMs(ms, keepMs)
  const actuals = await readActuals(query, forecast, { from, to })
  const known = actuals.map((value, index) => (from + index * ms < kept ? null : value))
  if (known.every((value) => value === null)) return null
  const isComplete = forecast.endsAt + graceMs <= evaluatedAt
  return { ...evaluateForecast(known, toAnswer(forecast)), evaluatedAt, complete: isComplete }
}

/**
 * Holds forecasts of all organisations against what came, once all of their steps are over; answers how many. Several
 * processes may do so at once: they find the same.
 */
export async function evaluateDue(options: EvaluationOptions, limit: number): Promise<number> {
  const { store, now } = options
  let done = 0
  while (done < limit) {
    const due = await store.listDue(now() - graceMs, Math.min(atOnce, limit - done))
    for (const forecast of due) {
      const { organisation, id } = forecast
      await store.evaluate(organisation, id, now(), await evaluateSteps(options, forecast).catch(nothingWhereGone))
    }
    done += due.length
    if (due.length < atOnce) break
  }
  return done
}

/** The series may have been removed since. */
function nothingWhereGone(error: unknown): null {
  if (error instanceof FunctionsError && error.code === "FN_001") return null
  throw error
}

/** Of a count nothing is 0, from the first step on: the series was there before. */
async function readActuals(
  query: EvaluationOptions["query"],
  forecast: SeriesForecast,
  range: { readonly from: number; readonly to: number },
): Promise<readonly (number | null)[]> {
  const { ms } = stepSettings[forecast.step]
  const { statistic } = forecast
  const values = await readSteps(query, forecast, range)
  const length = (range.to - range.from) / ms
  const empty = isZeroWhereEmpty(statistic) ? 0 : null
  return Array.from({ length }, (_, index) => values[index] ?? empty)
}

function toAnswer({ points }: SeriesForecast): Parameters<typeof evaluateForecast>[1] {
  const levels = Object.keys(points[0]?.intervals ?? {}).map(Number)
  const bounds = (level: number, side: "lower" | "upper") =>
    points.map(({ value, intervals }) => intervals[level]?.[side] ?? value)
  return {
    mean: points.map(({ value }) => value),
    intervals: Object.fromEntries(
      levels.map((level) => [level, { lower: bounds(level, "lower"), upper: bounds(level, "upper") }]),
    ),
  }
}
