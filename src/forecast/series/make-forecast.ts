import { FunctionsError } from "../../errors/functions-error.ts"
import type { ForecastInput, SeriesForecast } from "../../model/forecast.ts"
import { invalid } from "../../model/invalid.ts"
import type { Resolution } from "../../model/metrics.ts"
import type { Forecaster } from "../create-forecaster.ts"
import { forecasting } from "./parse-input.ts"
import { type QueryPoints, readSteps } from "./read-steps.ts"
import { seasonOf, stepSettings } from "./steps.ts"

/** What forecasts are made from. */
export interface MakingOptions {
  readonly query: QueryPoints
  readonly forecaster: Forecaster
  /** Gives the id of a function, by name or id. `FN_001` where there is none. */
  readonly findFunction: (organisation: string, name: string) => Promise<string>
  /** For how many milliseconds what was measured is kept. */
  readonly keepMs: Readonly<Record<Resolution, number>>
  readonly now: () => number
}

/** For whom a forecast is made, and for what. */
export interface ForecastPurpose {
  readonly organisation: string
  readonly id: string
  readonly scheduleId: string | null
}

/** So many values a history must have: of fewer, nobody can say how they change. */
const leastValues = 12

/** Other processes write down a minute when it is over, and may take so long; what they have not is no value yet. */
const graceMs = 65_000

/** Forecasts a series from its last steps, the present one left out. */
export async function makeForecast(
  { query, forecaster, findFunction, keepMs, now }: MakingOptions,
  purpose: ForecastPurpose,
  input: ForecastInput,
  signal?: AbortSignal,
): Promise<SeriesForecast> {
  const { organisation } = purpose
  const { key, step, horizon, dimensions = {}, statistic = "mean", levels = [80, 95], backend } = input
  const functionId = input.function === undefined ? null : await findFunction(organisation, input.function)
  const madeAt = Math.floor(now())
  const { ms, historyMs } = stepSettings[step]
  const to = madeAt - (madeAt % ms)
  const from = to - Math.floor(Math.min(historyMs, keptMs(ms, keepMs)) / ms) * ms
  const read = await readSteps(query, { organisation, functionId, key, dimensions, statistic, step }, { from, to })
  // A step of some minutes would be too low by the minute that is missing.
  if (ms < 3_600_000 && madeAt - to < graceMs && read.length > 0) read[read.length - 1] = null
  const first = read.findIndex((value) => value !== null)
  if (first === -1) throw unknown(key, dimensions, from)
  const history = read.slice(first)
  const gaps = history.filter((value) => value === null).length
  if (history.length - gaps < leastValues) throw tooLittle(key, step, history.length - gaps)
  const seasonLength = input.seasonLength ?? seasonOf(step, history.length)
  const answer = await forecaster.forecast(history, horizon, {
    ...{ levels, seasonLength },
    ...(backend !== undefined && { backend }),
    ...(signal && { signal }),
  })
  return {
    ...purpose,
    ...{ key, functionId, dimensions, statistic, step, horizon, seasonLength },
    backend: answer.backend,
    fallbacks: answer.fallbacks,
    history: { from: from + first * ms, to, steps: history.length, gaps },
    points: answer.mean.map((value, lead) => ({
      at: to + lead * ms,
      value,
      intervals: Object.fromEntries(
        Object.entries(answer.intervals).map(([level, { lower, upper }]) => [
          level,
          { lower: lower[lead] ?? value, upper: upper[lead] ?? value },
        ]),
      ),
    })),
    madeAt,
    endsAt: to + horizon * ms,
    evaluation: null,
  }
}

/** How long the windows that make up a step are kept: the finest ones count. */
export function keptMs(stepMs: number, keepMs: MakingOptions["keepMs"]): number {
  if (stepMs % 86_400_000 === 0) return keepMs[86_400_000]
  return stepMs % 3_600_000 === 0 ? keepMs[3_600_000] : keepMs[60_000]
}

function unknown(key: string, dimensions: Readonly<Record<string, string>>, from: number): FunctionsError {
  const named = Object.entries(dimensions).map(([name, value]) => `${name} ${value}`)
  const which = named.length === 0 ? "" : ` with ${named.join(", ")}`
  const since = new Date(from).toISOString()
  return new FunctionsError(
    "FN_001",
    `Cannot forecast key "${key}"${which}: nothing was measured under it here since ${since}, in steps that are over.`,
  )
}

function tooLittle(key: string, step: string, values: number): FunctionsError {
  const message = `"${key}" has values in ${values} steps of ${step} that are over, and ${leastValues} are needed; a shorter step has more`
  return invalid(forecasting, [{ path: "key", message }])
}
