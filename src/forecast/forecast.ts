import type { Forecast } from "./backend.ts"
import { builtInBackends } from "./built-in-backends.ts"
import { chooseBackends } from "./choose-backends.ts"
import { type ForecastOptions, type History, readRequest } from "./request.ts"

/**
 * Forecasts the next `horizon` points (1 to 720) of a series of equal steps, with intervals, by a built-in backend: `combined`,
 * `exponential-smoothing` or `seasonal-naive`. One whose history is too short gives way to the next. Throws `FN_006`
 * where an argument cannot be.
 *
 * @example
 * ```ts
 * const { mean, intervals } = forecast(hourlyCalls, 48, { seasonLength: 24 })
 * mean[0] // the next hour
 * intervals[95].upper[47] // what the 48th is hardly above
 * ```
 */
export function forecast(history: History, horizon: number, options: ForecastOptions = {}): Forecast {
  const request = readRequest(history, horizon, options)
  const { backend: wanted = "combined" } = options
  const { able, unable } = chooseBackends(builtInBackends, builtInBackends, wanted, request)
  // The last of the built-in ones takes any history.
  const [backend] = able as [(typeof able)[0], ...typeof able]
  return { ...backend.forecast(request), backend: backend.name, fallbacks: unable }
}
