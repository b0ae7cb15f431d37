import { z } from "@hono/zod-openapi"
import { alertRuleSchema } from "../../alerts/parse-rule.ts"
import { silenceSchema } from "../../alerts/silence.ts"
import { type AlertStatus, alertStatuses } from "../../model/alert.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { AlertOperation } from "../access-table.ts"
import { alertSchema, savedAlertRuleSchema, silenceRecordSchema } from "../alert-schemas.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { type Operations, operation } from "../operation.ts"
import { type PageQuery, pageFields } from "../queries.ts"
import { pageOf } from "../schemas.ts"

const tag = "Alerts"

interface AlertQuery extends PageQuery {
  readonly status?: AlertStatus | undefined
  readonly function?: string | undefined
  readonly rule?: string | undefined
}

const alertQuery: z.ZodType<AlertQuery> = z.object({
  ...pageFields,
  status: z.enum(alertStatuses).optional(),
  function: z.string().max(64).optional().openapi({ description: "The name of a function." }),
  rule: z.string().max(64).optional().openapi({ description: "The id of a rule." }),
})

const rule = { description: "The rule.", content: { "application/json": savedAlertRuleSchema } }
const alert = { 200: { description: "The alert.", content: { "application/json": alertSchema } } }

/** Who should hear of what, and what they were told. */
export const alertOperations: Operations<AlertOperation> = {
  listAlerts: operation({
    summary: "List alerts, newest first",
    tag,
    query: alertQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(alertSchema) } } },
    async handle({ functions, query }) {
      const { status, function: name, rule: ruleId } = query
      const filter = {
        ...(status !== undefined && { status }),
        ...(name !== undefined && { function: name }),
        ...(ruleId !== undefined && { ruleId }),
      }
      return jsonResponse(await functions.alerts.list(filter, toPageRequest(query)))
    },
  }),
  getAlert: operation({
    summary: "Get an alert",
    tag,
    answers: alert,
    async handle({ functions, params }) {
      return jsonResponse(await functions.alerts.get(params.id ?? ""))
    },
  }),
  acknowledgeAlert: operation({
    summary: "Say that somebody looks after an alert: it is not told again",
    tag,
    answers: alert,
    async handle({ functions, params }) {
      return jsonResponse(await functions.alerts.acknowledge(params.id ?? ""))
    },
  }),
  resolveAlert: operation({
    summary: "Say that an alert is over: what happens from now on opens another",
    tag,
    answers: alert,
    async handle({ functions, params }) {
      return jsonResponse(await functions.alerts.resolve(params.id ?? ""))
    },
  }),
  listAlertRules: operation({
    summary: "List the rules, all of them",
    tag,
    answers: {
      200: {
        description: "The rules.",
        content: { "application/json": z.object({ items: z.array(savedAlertRuleSchema) }) },
      },
    },
    async handle({ functions }) {
      return jsonResponse({ items: await functions.alerts.rules.list() })
    },
  }),
  createAlertRule: operation({
    summary: "Add a rule",
    tag,
    body: alertRuleSchema,
    answers: { 201: { ...rule, headers: { location: "The rule." } } },
    async handle({ functions, body, prefix }) {
      const created = await functions.alerts.rules.create(body)
      return jsonResponse(created, 201, { location: `${prefix}/alerts/rules/${created.id}` })
    },
  }),
  getAlertRule: operation({
    summary: "Get a rule",
    tag,
    answers: { 200: rule },
    async handle({ functions, params }) {
      return jsonResponse(await functions.alerts.rules.get(params.id ?? ""))
    },
  }),
  replaceAlertRule: operation({
    summary: "Put another rule in the place of one; its open alerts go on",
    tag,
    body: alertRuleSchema,
    answers: { 200: rule },
    async handle({ functions, params, body }) {
      return jsonResponse(await functions.alerts.rules.replace(params.id ?? "", body))
    },
  }),
  removeAlertRule: operation({
    summary: "Remove a rule; its open alerts resolve by themselves",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle({ functions, params }) {
      await functions.alerts.rules.remove(params.id ?? "")
      return emptyResponse()
    },
  }),
  listAlertSilences: operation({
    summary: "List the silences that are not over",
    tag,
    answers: {
      200: {
        description: "The silences.",
        content: { "application/json": z.object({ items: z.array(silenceRecordSchema) }) },
      },
    },
    async handle({ functions }) {
      return jsonResponse({ items: await functions.alerts.silences.list() })
    },
  }),
  createAlertSilence: operation({
    summary: "Have alerts told to nobody for some time",
    tag,
    body: silenceSchema,
    answers: {
      201: { description: "The silence.", content: { "application/json": silenceRecordSchema } },
    },
    async handle({ functions, body }) {
      return jsonResponse(await functions.alerts.silences.create(body), 201)
    },
  }),
  removeAlertSilence: operation({
    summary: "End a silence",
    tag,
    answers: { 204: { description: "Ended." } },
    async handle({ functions, params }) {
      await functions.alerts.silences.remove(params.id ?? "")
      return emptyResponse()
    },
  }),
}
