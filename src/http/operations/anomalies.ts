import { z } from "@hono/zod-openapi"
import { anomalySettingsSchema } from "../../anomaly/watch/settings.ts"
import { type AlertSeverity, alertSeverities } from "../../model/severity.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { AnomalyOperation } from "../access-table.ts"
import { anomalySchema, savedAnomalySettingsSchema } from "../anomaly-schemas.ts"
import { jsonResponse } from "../answers.ts"
import { type Operations, operation } from "../operation.ts"
import { type PageQuery, pageFields, type RangeQuery, rangeFields } from "../queries.ts"
import { toTimeRange } from "../range.ts"
import { pageOf } from "../schemas.ts"

const tag = "Anomalies"

interface FunctionQuery {
  readonly function?: string | undefined
}

interface AnomalyListQuery extends PageQuery, RangeQuery, FunctionQuery {
  readonly key?: string | undefined
  readonly severity?: AlertSeverity | undefined
  readonly expected?: "true" | "false" | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const functionField = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: "must be a function's name or id" })
  .optional()
  .openapi({ description: "A function's name or id." })

const listQuery: z.ZodType<AnomalyListQuery> = z.object({
  ...pageFields,
  ...rangeFields,
  function: functionField,
  key: z.string().max(64).optional().openapi({ description: "The key of a series.", example: "function.duration_ms" }),
  severity: z.enum(alertSeverities).optional(),
  expected: z.enum(["true", "false"]).optional().openapi({ description: "Those that are marked, or the others." }),
})

const settingsQuery: z.ZodType<FunctionQuery> = z.object({ function: functionField })

const anomaly = { 200: { description: "The anomaly.", content: { "application/json": anomalySchema } } }
const settings = { 200: { description: "What holds.", content: { "application/json": savedAnomalySettingsSchema } } }

/** What is unusual in what is measured. */
export const anomalyOperations: Operations<AnomalyOperation> = {
  listAnomalies: operation({
    summary: "List anomalies, newest first",
    tag,
    query: listQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(anomalySchema) } } },
    async handle({ functions, query, nowMs }) {
      const { function: name, key, severity, expected } = query
      const range = toTimeRange(query, nowMs)
      const filter = {
        ...(name !== undefined && { function: name }),
        ...(key !== undefined && { key }),
        ...(severity !== undefined && { severity }),
        ...(expected !== undefined && { expected: expected === "true" }),
        ...(range && { range }),
      }
      return jsonResponse(await functions.anomalies.list(filter, toPageRequest(query)))
    },
  }),
  getAnomaly: operation({
    summary: "Get an anomaly",
    tag,
    answers: anomaly,
    async handle({ functions, params }) {
      return jsonResponse(await functions.anomalies.get(params.id ?? ""))
    },
  }),
  expectAnomaly: operation({
    summary: "Mark an anomaly as expected: what is like it is not reported any more",
    tag,
    body: z.strictObject({ reason: z.string().max(1000).optional() }),
    bodyOptional: true,
    answers: anomaly,
    async handle({ functions, params, body }) {
      return jsonResponse(await functions.anomalies.expect(params.id ?? "", body))
    },
  }),
  unexpectAnomaly: operation({
    summary: "Take the mark of an anomaly away",
    tag,
    answers: anomaly,
    async handle({ functions, params }) {
      return jsonResponse(await functions.anomalies.unexpect(params.id ?? ""))
    },
  }),
  getAnomalySettings: operation({
    summary: "Get how a function, or the organisation, is watched",
    tag,
    query: settingsQuery,
    answers: settings,
    async handle({ functions, query }) {
      return jsonResponse(await functions.anomalies.settings.get(query))
    },
  }),
  setAnomalySettings: operation({
    summary: "Set how a function, or the organisation, is watched",
    tag,
    query: settingsQuery,
    body: anomalySettingsSchema,
    answers: settings,
    async handle({ functions, query, body }) {
      return jsonResponse(await functions.anomalies.settings.set(body, query))
    },
  }),
}
