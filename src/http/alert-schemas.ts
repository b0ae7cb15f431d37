import { z } from "@hono/zod-openapi"
import { alertStatuses } from "../model/alert.ts"
import { alertSeverities } from "../model/severity.ts"

/** Epoch milliseconds. */
const time = z.number()
const text = z.string()
const severity = z.enum(alertSeverities)
const kinds = ["call", "failure", "deployment", "anomaly", "threshold", "rate", "missing", "forecast"] as const
const condition = z.looseObject({ type: z.enum(kinds) })
const labels = z.record(text, text)

/** What is worth an alert. */
export const savedAlertRuleSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    name: text,
    function: text.nullable(),
    condition,
    severity,
    channels: z.array(text).nullable(),
    repeatAfterMs: z.number(),
    resolveAfterMs: z.number(),
    labels,
    enabled: z.boolean(),
    isDefault: z.boolean(),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("AlertRule")

/** One trouble with one function or series, from its beginning to its end. */
export const alertSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    rule: z.object({ id: text, name: text }),
    function: text.nullable(),
    series: text.nullable(),
    labels,
    severity,
    status: z.enum(alertStatuses),
    condition,
    occasion: z.object({
      message: text,
      value: z.number().nullable(),
      invocationId: text.nullable(),
      traceId: text.nullable(),
      error: z.object({ code: text, message: text }).nullable(),
      finding: z
        .looseObject({ type: z.enum(["threshold", "rate", "missing", "forecast", "anomaly", "deployment"]) })
        .nullable(),
      at: time,
    }),
    count: z.number().int(),
    recent: z.array(z.object({ at: time, count: z.number().int() })).optional(),
    notifications: z.number().int(),
    toldTo: z.array(text).optional(),
    firstAt: time,
    lastAt: time,
    notifiedAt: time.nullable(),
    resolvesAt: time.nullable(),
    acknowledgedAt: time.nullable(),
    acknowledgedBy: text.nullable(),
    resolvedAt: time.nullable(),
    resolvedBy: text.nullable(),
  })
  .openapi("Alert")

/** A time in which alerts are kept, but told to nobody. */
export const silenceRecordSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    ruleId: text.nullable(),
    function: text.nullable(),
    from: time,
    until: time,
    reason: text,
    actor: text,
    createdAt: time,
  })
  .openapi("AlertSilence")
