import { type CreateForecastsOptions, createForecasts, type Forecasts } from "../forecast/series/create-forecasts.ts"
import { toKeepMs } from "../metrics/keep.ts"
import type { Storage } from "../ports/storage.ts"
import type { Lookup } from "../registry/lookup.ts"
import { createTimetable } from "../triggers/schedules/timetable.ts"
import { newTraceId } from "../util/id.ts"
import type { CreateFunctionsOptions } from "./options.ts"

/** Sets the forecasts of what was measured up as the host has said. */
export function createForecasting(
  options: Pick<CreateForecastsOptions, "query" | "now" | "newId" | "random" | "tell" | "onError"> &
    Pick<CreateFunctionsOptions, "forecasts" | "metrics"> & {
      readonly storage: Pick<Storage, "forecasts">
      readonly lookup: Pick<Lookup, "find">
    },
): Forecasts {
  const { storage, lookup, forecasts, metrics } = options
  return createForecasts({
    ...options,
    settings: forecasts,
    store: storage.forecasts,
    keepMs: toKeepMs(metrics),
    newTraceId,
    findFunction: async (organisation, name) => (await lookup.find(organisation, name)).id,
    readCron: (expression) => createTimetable(expression, "UTC"),
  })
}
