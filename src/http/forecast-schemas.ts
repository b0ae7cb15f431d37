import { z } from "@hono/zod-openapi"
import { forecastStatistics, forecastSteps } from "../model/forecast.ts"

/** Epoch milliseconds. */
const time = z.number()
const text = z.string()
const count = z.number().int()
const dimensions = z.record(text, text)
const byLevel = (value: z.ZodType) => z.record(text, value).openapi({ description: "By level, in percent." })

const errors = {
  count: count.openapi({ description: "Points that were compared." }),
  mae: z.number(),
  rmse: z.number(),
  mape: z.number().nullable().openapi({ description: "In percent, over the points that were not 0." }),
  coverage: byLevel(z.number()),
}

/** What became of a forecast. */
export const evaluationSchema: z.ZodType = z
  .object({ ...errors, evaluatedAt: time, complete: z.boolean() })
  .openapi("ForecastEvaluation")

const series = {
  key: text,
  functionId: text.nullable(),
  dimensions,
  statistic: z.enum(forecastStatistics),
  step: z.enum(forecastSteps),
  backend: text,
}

const summary = {
  organisation: text,
  id: text,
  ...series,
  horizon: count,
  seasonLength: count,
  fallbacks: z.array(z.object({ backend: text, reason: text })),
  history: z.object({ from: time, to: time, steps: count, gaps: count }),
  madeAt: time,
  endsAt: time,
  scheduleId: text.nullable(),
  evaluation: evaluationSchema.nullable(),
}

/** A forecast as it is listed. */
export const forecastSummarySchema: z.ZodType = z.object(summary).openapi("ForecastSummary")

const interval = z.object({ lower: z.number(), upper: z.number() })

/** A forecast with its points. */
export const forecastSchema: z.ZodType = z
  .object({ ...summary, points: z.array(z.object({ at: time, value: z.number(), intervals: byLevel(interval) })) })
  .openapi("Forecast")

/** Who may be asked for a forecast. */
export const backendSchema: z.ZodType = z
  .object({
    name: text,
    minimumHistory: count,
    maximumHorizon: count,
    seasonal: z.boolean(),
    remote: z.boolean().openapi({ description: "Whether the history leaves the process." }),
  })
  .openapi("ForecastBackend")

const figures = { forecasts: count, ...errors }

/** How far the forecasts of one series by one backend were from what came. */
export const accuracySchema: z.ZodType = z
  .object({
    ...series,
    ...figures,
    days: z.array(z.object({ date: text, ...figures })),
    trend: z.number().nullable().openapi({
      description: "How much the error has grown from the older half to the newer one: 0.1 is by a tenth.",
    }),
  })
  .openapi("ForecastAccuracy")

/** What has forecasts made again and again. */
export const scheduleSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    name: text,
    every: text,
    request: z.looseObject({ key: text, step: z.enum(forecastSteps), horizon: count }),
    status: z.enum(["active", "paused"]),
    nextRunId: text.nullable(),
    nextAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("ForecastSchedule")

/** One time that a schedule has a forecast made. */
export const forecastRunSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    scheduleId: text,
    status: z.enum(["pending", "running", "retrying", "completed", "failed"]),
    scheduledFor: time,
    attempts: count,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    error: z.object({ code: text, message: text }).nullable(),
    forecastId: text.nullable(),
  })
  .openapi("ForecastRun")
