import { z } from "@hono/zod-openapi"
import { spanKinds } from "../../model/span.ts"
import { latestTime } from "../../util/latest-time.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { TraceOperation } from "../access-table.ts"
import { jsonResponse } from "../answers.ts"
import { type Operations, operation } from "../operation.ts"
import { type PageQuery, pageFields, rangeFields, wholeNumber } from "../queries.ts"
import { toTimeRange } from "../range.ts"
import { pageOf } from "../schemas.ts"

const tag = "Traces"

interface RangeFields {
  readonly range?: string | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

interface TraceQuery extends PageQuery, RangeFields {
  readonly function?: string | undefined
  readonly status?: "ok" | "error" | undefined
  readonly minDurationMs?: number | undefined
}

const functionField = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: "must be a function's name or id" })
  .optional()
  .openapi({ description: "Traces with a call of this function: its name or id." })

const traceQuery: z.ZodType<TraceQuery> = z.object({
  ...pageFields,
  ...rangeFields,
  function: functionField,
  status: z.enum(["ok", "error"]).optional(),
  minDurationMs: wholeNumber(0, latestTime, "Traces that took at least so many milliseconds."),
})

const slowestQuery: z.ZodType<
  RangeFields & { readonly function?: string | undefined; readonly limit?: number | undefined }
> = z.object({ ...rangeFields, function: functionField, limit: wholeNumber(1, 1000, "20 where it is left out.") })

const dependencyQuery: z.ZodType<RangeFields> = z.object(rangeFields)

const text = z.string()
const status = z.enum(["ok", "error"])
const kind = z.enum(spanKinds)
const place = z.object({ kind, name: text })
const node = z.object({
  kind: z.enum(["function", "pipeline", "trigger", "capability", "host", "outside"]),
  name: text,
})
const summary = {
  traceId: text,
  kind,
  name: text,
  status,
  spans: z.number().int(),
  startedAt: z.number(),
  durationMs: z.number(),
}

const summarySchema: z.ZodType = z.object(summary).openapi("TraceSummary")

const spanSchema: z.ZodType = z
  .object({
    traceId: text,
    spanId: text,
    parentSpanId: text.nullable(),
    kind,
    name: text,
    function: text.nullable(),
    status,
    startedAt: z.number(),
    durationMs: z.number(),
    attributes: z.record(text, z.union([text, z.number(), z.boolean()])),
    children: z.array(z.unknown()).openapi({ description: "Spans again: those that this one asked for." }),
  })
  .openapi("Span")

const traceSchema: z.ZodType = z
  .object({
    ...summary,
    roots: z.array(spanSchema),
    complete: z
      .boolean()
      .openapi({ description: "False where it has more spans than are shown: those that began first." }),
  })
  .openapi("Trace")

const readingOf = (item: z.ZodType): z.ZodType =>
  z.object({
    items: z.array(item),
    spans: z.number().int().openapi({ description: "How many spans were read." }),
    complete: z
      .boolean()
      .openapi({ description: "False where the range, or a trace in it, has more than are read at once." }),
  })

const pathSchema: z.ZodType = z
  .object({
    path: z.array(place),
    count: z.number().int(),
    durationMs: z.object({ p50: z.number(), p95: z.number() }),
    share: z.number(),
    traceId: text,
  })
  .openapi("SlowPath")

const dependencySchema: z.ZodType = z
  .object({
    from: node,
    to: node,
    count: z.number().int(),
    errorRate: z.number(),
    durationMs: z.object({ average: z.number(), p95: z.number() }),
  })
  .openapi("Dependency")

const nothing = { items: [], spans: 0, complete: true }

/** What happened in which order, and why. */
export const traceOperations: Operations<TraceOperation> = {
  listTraces: operation({
    summary: "List traces, newest first",
    tag,
    query: traceQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(summarySchema) } } },
    async handle({ functions, query, nowMs }) {
      const { function: name, status: wanted, minDurationMs } = query
      const range = toTimeRange(query, nowMs)
      if (range && range.from >= range.to) return jsonResponse({ items: [], next: null })
      const filter = {
        ...(name !== undefined && { function: name }),
        ...(wanted !== undefined && { status: wanted }),
        ...(minDurationMs !== undefined && { minDurationMs }),
        ...(range && { range }),
      }
      return jsonResponse(await functions.traces.list(filter, toPageRequest(query)))
    },
  }),
  getTrace: operation({
    summary: "Get a trace: its spans, each below the one that asked for it",
    tag,
    answers: { 200: { description: "The trace.", content: { "application/json": traceSchema } } },
    async handle({ functions, params }) {
      return jsonResponse(await functions.traces.get(params.id ?? ""))
    },
  }),
  listSlowestPaths: operation({
    summary: "The chains of spans that decide how long traces take, the slowest first; of the last 24 hours",
    tag,
    query: slowestQuery,
    answers: { 200: { description: "The paths.", content: { "application/json": readingOf(pathSchema) } } },
    async handle({ functions, query, nowMs }) {
      const { function: name, limit } = query
      const range = toTimeRange(query, nowMs)
      if (range && range.from >= range.to) return jsonResponse(nothing)
      const options = {
        ...(name !== undefined && { function: name }),
        ...(limit !== undefined && { limit }),
        ...(range && { range }),
      }
      return jsonResponse(await functions.traces.slowest(options))
    },
  }),
  listDependencies: operation({
    summary: "Who calls whom, how often and how well; of the last 24 hours",
    tag,
    query: dependencyQuery,
    answers: { 200: { description: "The calls.", content: { "application/json": readingOf(dependencySchema) } } },
    async handle({ functions, query, nowMs }) {
      const range = toTimeRange(query, nowMs)
      if (range && range.from >= range.to) return jsonResponse(nothing)
      return jsonResponse(await functions.traces.dependencies(range ? { range } : {}))
    },
  }),
}
