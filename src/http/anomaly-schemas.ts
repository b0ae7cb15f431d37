import { z } from "@hono/zod-openapi"
import { alertSeverities } from "../model/severity.ts"

const text = z.string()
const summary = z.object({
  count: z.number().int(),
  mean: z.number(),
  standardDeviation: z.number(),
  min: z.number(),
  max: z.number(),
})
const finding = z.object({ surprise: z.number(), weight: z.number() })
/** Null for a silence. */
const value = z.number().nullable()

/** Something unusual that was measured. */
export const anomalySchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    key: text,
    functionId: text.nullable(),
    dimensions: z.record(text, text),
    at: z.number(),
    value,
    score: z.number(),
    severity: z.enum(alertSeverities),
    consensus: z.number(),
    breakdown: z.object({ value: finding, rhythm: finding, variability: finding, silence: finding }),
    alongside: z.array(z.object({ key: text, value, score: z.number(), usual: z.number() })).optional(),
    context: z.object({ before: summary, after: summary.nullable() }),
    expected: z.object({ actor: text, at: z.number(), reason: text.nullable() }).nullable(),
  })
  .openapi("Anomaly")

/** How series are watched. */
export const savedAnomalySettingsSchema: z.ZodType = z
  .object({
    enabled: z.boolean(),
    sensitivity: z.number(),
    weights: z.object({ value: z.number(), rhythm: z.number(), variability: z.number(), silence: z.number() }),
    context: z.object({ before: z.number().int(), after: z.number().int() }),
  })
  .openapi("AnomalySettings")
