import { z } from "@hono/zod-openapi"
import { isStep } from "../../metrics/parse-range.ts"
import { monthPattern } from "../../metrics/report.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { MetricOperation } from "../access-table.ts"
import { jsonResponse, textResponse } from "../answers.ts"
import { type Operations, operation } from "../operation.ts"
import { pageFields, rangeFields } from "../queries.ts"
import { toTimeRange } from "../range.ts"
import { pageOf } from "../schemas.ts"

const tag = "Records"

const figures = {
  count: z.number().int(),
  sum: z.number(),
  mean: z.number(),
  variance: z.number(),
  min: z.number(),
  max: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
}

const pointSchema = z.object({ at: z.number().int(), ...figures }).openapi("MetricPoint")

const spread = z.object({ average: z.number(), variance: z.number() })
const callFigures = {
  invocations: z.number().int(),
  durationMs: spread.extend({ p50: z.number(), p95: z.number(), p99: z.number() }),
  cpuMs: spread,
  memoryBytes: spread,
  errorRate: spread,
  coldStartRate: spread,
}
const growth = z.number().nullable()
const month = z.string().regex(monthPattern, { message: "must be year and month, such as 2026-10" })

const reportSchema = z
  .object({
    name: z.string(),
    functionId: z.string(),
    month,
    days: z.array(z.object({ date: z.string(), ...callFigures })),
    total: z.object(callFigures),
    before: z.object({ month, total: z.object(callFigures) }),
    trend: z.object({
      invocations: growth,
      durationMs: growth,
      cpuMs: growth,
      memoryBytes: growth,
      errorRate: growth,
      coldStartRate: growth,
    }),
  })
  .openapi("MetricsReport")

const dimension = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}:[\s\S]{1,128}$/, {
  message: "must be name:value",
})

const query = z.object({
  ...pageFields,
  ...rangeFields,
  cursor: z
    .string()
    .regex(/^[0-9]{1,15}$/, { message: "must be the `next` of the page before" })
    .optional()
    .openapi({ description: "The `next` of the page before." }),
  key: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, { message: "must be the key of a series" })
    .openapi({
      example: "function.duration_ms",
    }),
  function: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: "must be a function's name or id" })
    .optional(),
  dimension: z
    .union([dimension, z.array(dimension).max(8)])
    .optional()
    .openapi({ description: "`name:value`, as often as needed: series that have all of these." }),
  step: z
    .string()
    .refine(isStep, { message: "must be a multiple of a minute up to 366 days, such as 1m, 1h or 1d" })
    .optional()
    .openapi({ description: "How long a step is; left out, it fits to the range.", example: "5m" }),
})

/** What was measured over time. */
export const metricOperations: Operations<MetricOperation> = {
  queryMetrics: operation({
    summary: "What was measured under a key, in steps, oldest first; of the last hour where no range is given",
    tag,
    query,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(pointSchema) } } },
    async handle({ functions, query: { key, function: name, dimension: dimensions = [], step, ...rest }, nowMs }) {
      const range = toTimeRange(rest, nowMs)
      if (range && range.from >= range.to) return jsonResponse({ items: [], next: null })
      const page = await functions.metrics.query(
        {
          key,
          dimensions: Object.fromEntries([dimensions].flat().map(toEntry)),
          ...(name !== undefined && { function: name }),
          ...(step !== undefined && { step }),
          ...(range && { range }),
        },
        toPageRequest(rest),
      )
      return jsonResponse(page)
    },
  }),
  getReport: operation({
    summary: "A month of a function: daily averages and variances, and the trend since the month before",
    tag,
    query: z.object({
      month: month.optional().openapi({ description: "UTC; left out, it is the present one.", example: "2026-10" }),
    }),
    answers: { 200: { description: "The report.", content: { "application/json": reportSchema } } },
    async handle({ functions, params, query: { month: asked } }) {
      return jsonResponse(await functions.metrics.report(params.id ?? "", asked === undefined ? {} : { month: asked }))
    },
  }),
  getPrometheus: operation({
    summary: "Counters of this process since it began, for Prometheus",
    tag,
    answers: { 200: { description: "Text format, version 0.0.4.", content: { "text/plain": z.string() } } },
    handle: ({ functions }) => textResponse(functions.metrics.prometheus(), "text/plain; version=0.0.4"),
  }),
}

function toEntry(text: string): readonly [string, string] {
  const colon = text.indexOf(":")
  return [text.slice(0, colon), text.slice(colon + 1)]
}
