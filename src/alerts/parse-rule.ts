import { z } from "zod"
import type { AlertRule, AlertRuleInput } from "../model/alert.ts"
import { invalid, toErrorIssues } from "../model/invalid.ts"
import { alertSeverities } from "../model/severity.ts"
import { conditionSchema, milliseconds } from "./parse-condition.ts"

/** A text on one line. */
const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "must be one line")

/** The name of a function, or a pattern of names. */
export const namedSchema: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9_*-]{1,64}$/, 'must be a name, or a pattern of names such as "transform-*"')

/** What channels choose by. */
const labelsSchema: z.ZodType<Readonly<Record<string, string>>> = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, "must be the name of a label"), line(128))
  .refine((labels) => Object.keys(labels).length <= 8, "must be at most 8")

/** A rule as it comes from outside. */
export const alertRuleSchema: z.ZodType<AlertRuleInput> = z.strictObject({
  name: line(100),
  function: namedSchema.optional(),
  condition: conditionSchema,
  severity: z.enum(alertSeverities).optional(),
  channels: z.array(z.string().min(1).max(100)).min(1).max(20).optional(),
  repeatAfterMs: milliseconds(1000).optional(),
  resolveAfterMs: milliseconds(1000).optional(),
  labels: labelsSchema.optional(),
  enabled: z.boolean().optional(),
}) as unknown as z.ZodType<AlertRuleInput>

/** What is not done where a rule is not valid. */
export const savingRule = "save the alert rule"

/** A rule with what it says by saying nothing. */
export type FilledRule = Omit<AlertRule, "organisation" | "id" | "isDefault" | "createdAt" | "updatedAt">

/** Reads a rule; `FN_006` with the path of everything that is wrong. */
export function parseRule(value: unknown, channels: readonly string[]): FilledRule {
  const parsed = alertRuleSchema.safeParse(value)
  if (!parsed.success) throw invalid(savingRule, toErrorIssues(parsed.error))
  const rule = parsed.data
  const unknown = rule.channels?.findIndex((name) => !channels.includes(name)) ?? -1
  if (unknown >= 0) {
    const known = channels.length === 0 ? "the host has no channels" : `channels are ${channels.join(", ")}`
    throw invalid(savingRule, [
      { path: `channels.${unknown}`, message: `there is no "${rule.channels?.[unknown]}": ${known}` },
    ])
  }
  const {
    function: name = null,
    channels: wanted = null,
    condition,
    labels = {},
    enabled = true,
    severity = "high",
  } = rule
  const { repeatAfterMs = 3_600_000, resolveAfterMs = 300_000 } = rule
  return {
    name: rule.name,
    function: name,
    channels: wanted,
    condition,
    labels,
    enabled,
    severity,
    repeatAfterMs,
    resolveAfterMs,
  }
}
