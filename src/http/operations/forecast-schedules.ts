import { z } from "@hono/zod-openapi"
import { forecastScheduleSchema } from "../../forecast/series/parse-input.ts"
import { toPageRequest } from "../../util/page-request.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import type { ForecastScheduleOperation } from "../forecast-access.ts"
import { forecastRunSchema, scheduleSchema } from "../forecast-schemas.ts"
import { type Operations, operation } from "../operation.ts"
import { type PageQuery, pageFields } from "../queries.ts"
import { pageOf } from "../schemas.ts"

const tag = "Forecasts"

const pageQuery: z.ZodType<PageQuery> = z.object(pageFields)
const schedule = { description: "The schedule.", content: { "application/json": scheduleSchema } }

/** What has forecasts made again and again. */
export const forecastScheduleOperations: Operations<ForecastScheduleOperation> = {
  listForecastSchedules: operation({
    summary: "List the schedules of forecasts, all of them",
    tag,
    answers: {
      200: {
        description: "The schedules.",
        content: { "application/json": z.object({ items: z.array(scheduleSchema) }) },
      },
    },
    async handle({ functions }) {
      return jsonResponse({ items: await functions.forecasts.schedules.list() })
    },
  }),
  createForecastSchedule: operation({
    summary: "Have a forecast made again and again",
    tag,
    body: forecastScheduleSchema,
    answers: { 201: { ...schedule, headers: { location: "The schedule." } } },
    async handle({ functions, body, prefix }) {
      const created = await functions.forecasts.schedules.create(body)
      return jsonResponse(created, 201, { location: `${prefix}/forecasts/schedules/${created.id}` })
    },
  }),
  getForecastSchedule: operation({
    summary: "Get a schedule with its next time",
    tag,
    answers: { 200: schedule },
    async handle({ functions, params }) {
      return jsonResponse(await functions.forecasts.schedules.get(params.id ?? ""))
    },
  }),
  pauseForecastSchedule: operation({
    summary: "Make no more forecasts by a schedule until it is resumed",
    tag,
    answers: { 200: schedule },
    async handle({ functions, params }) {
      return jsonResponse(await functions.forecasts.schedules.pause(params.id ?? ""))
    },
  }),
  resumeForecastSchedule: operation({
    summary: "Make forecasts by a schedule again, from now on",
    tag,
    answers: { 200: schedule },
    async handle({ functions, params }) {
      return jsonResponse(await functions.forecasts.schedules.resume(params.id ?? ""))
    },
  }),
  removeForecastSchedule: operation({
    summary: "Remove a schedule; its runs and forecasts stay until they are old",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle({ functions, params }) {
      await functions.forecasts.schedules.remove(params.id ?? "")
      return emptyResponse()
    },
  }),
  listForecastRuns: operation({
    summary: "List the runs of a schedule, newest first, the one that is to come included",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(forecastRunSchema) } } },
    async handle({ functions, params, query }) {
      return jsonResponse(await functions.forecasts.schedules.runs(params.id ?? "", toPageRequest(query)))
    },
  }),
  retryForecastRun: operation({
    summary: "Have a run that has failed begin again",
    tag,
    answers: { 200: { description: "The run.", content: { "application/json": forecastRunSchema } } },
    async handle({ functions, params }) {
      return jsonResponse(await functions.forecasts.schedules.retry(params.id ?? "", params.run ?? ""))
    },
  }),
}
