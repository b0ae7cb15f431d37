import { parseRange } from "../metrics/parse-range.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { ForecastsFace } from "./forecasts-face.ts"
import type { Parts } from "./parts.ts"

/** The part of an organisation's face that says what comes next. */
export function bindForecasts(
  { gate, forecasts, durable }: Pick<Parts, "gate" | "forecasts" | "durable">,
  organisation: string,
): ForecastsFace {
  const { enter } = gate
  const { schedules } = forecasts
  return {
    make: (input) => enter(() => forecasts.make(organisation, input)),
    get: (id) => forecasts.get(organisation, id),
    list: async (filter = {}, page) => forecasts.list(organisation, filter, toPageRequest(page)),
    backends: () => forecasts.backends(),
    evaluate: (id) => forecasts.evaluate(organisation, id),
    accuracy: async ({ range = "30d", ...filter } = {}) =>
      forecasts.accuracy(organisation, filter, parseRange(range, Math.floor(durable.now()))),
    schedules: {
      create: (schedule) => enter(() => schedules.create(organisation, schedule)),
      list: () => schedules.list(organisation),
      get: (id) => schedules.get(organisation, id),
      pause: (id) => enter(() => schedules.pause(organisation, id)),
      resume: (id) => enter(() => schedules.resume(organisation, id)),
      remove: (id) => enter(() => schedules.remove(organisation, id)),
      runs: async (id, page) => schedules.listRuns(organisation, id, toPageRequest(page)),
      retry: (id, runId) => enter(() => schedules.retry(organisation, id, runId)),
    },
  }
}
