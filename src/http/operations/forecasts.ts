import { z } from "@hono/zod-openapi"
import { forecastInputSchema } from "../../forecast/series/parse-input.ts"
import type { ForecastFilter } from "../../model/forecast.ts"
import { toPageRequest } from "../../util/page-request.ts"
import { jsonResponse } from "../answers.ts"
import type { ForecastOperation } from "../forecast-access.ts"
import {
  accuracySchema,
  backendSchema,
  evaluationSchema,
  forecastSchema,
  forecastSummarySchema,
} from "../forecast-schemas.ts"
import { type Operations, operation } from "../operation.ts"
import { pageFields, rangeFields } from "../queries.ts"
import { toTimeRange } from "../range.ts"
import { pageOf } from "../schemas.ts"

const tag = "Forecasts"

const filterFields = {
  key: z.string().max(64).optional().openapi({ description: "The key of a series." }),
  function: z.string().max(64).optional().openapi({ description: "The name or id of a function." }),
  backend: z.string().max(100).optional(),
  schedule: z.string().max(64).optional().openapi({ description: "The id of a schedule." }),
}

type Filter = { readonly [Name in keyof ForecastFilter]?: ForecastFilter[Name] | undefined }

/** What comes next of what was measured. */
export const forecastOperations: Operations<ForecastOperation> = {
  listForecasts: operation({
    summary: "List forecasts, newest first, without their points",
    tag,
    query: z.object({ ...pageFields, ...filterFields }),
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(forecastSummarySchema) } } },
    async handle({ functions, query }) {
      return jsonResponse(await functions.forecasts.list(toFilter(query), toPageRequest(query)))
    },
  }),
  makeForecast: operation({
    summary: "Forecast a series from what was measured",
    tag,
    body: forecastInputSchema,
    answers: {
      201: {
        description: "The forecast.",
        headers: { location: "The forecast." },
        content: { "application/json": forecastSchema },
      },
    },
    async handle({ functions, body, prefix }) {
      const made = await functions.forecasts.make(body)
      return jsonResponse(made, 201, { location: `${prefix}/forecasts/${made.id}` })
    },
  }),
  listForecastBackends: operation({
    summary: "List who may be asked for forecasts, and what they can do",
    tag,
    answers: {
      200: {
        description: "The backends.",
        content: { "application/json": z.object({ items: z.array(backendSchema) }) },
      },
    },
    handle: ({ functions }) => jsonResponse({ items: functions.forecasts.backends() }),
  }),
  getForecastAccuracy: operation({
    summary:
      "How far forecasts were from what came, by series and backend; of the last 30 days where no range is given",
    tag,
    query: z.object({ ...rangeFields, ...filterFields }),
    answers: {
      200: { description: "By series.", content: { "application/json": z.object({ items: z.array(accuracySchema) }) } },
    },
    async handle({ functions, query, nowMs }) {
      const range = toTimeRange(query, nowMs)
      const filter = { ...toFilter(query), ...(range && { range }) }
      return jsonResponse({ items: await functions.forecasts.accuracy(filter) })
    },
  }),
  getForecast: operation({
    summary: "Get a forecast with its points",
    tag,
    answers: { 200: { description: "The forecast.", content: { "application/json": forecastSchema } } },
    async handle({ functions, params }) {
      return jsonResponse(await functions.forecasts.get(params.id ?? ""))
    },
  }),
  evaluateForecast: operation({
    summary: "Hold a forecast against what came until now",
    tag,
    answers: { 200: { description: "The errors.", content: { "application/json": evaluationSchema } } },
    async handle({ functions, params }) {
      return jsonResponse(await functions.forecasts.evaluate(params.id ?? ""))
    },
  }),
}

function toFilter({ key, function: name, backend, schedule }: Filter): ForecastFilter {
  return {
    ...(key !== undefined && { key }),
    ...(name !== undefined && { function: name }),
    ...(backend !== undefined && { backend }),
    ...(schedule !== undefined && { schedule }),
  }
}
