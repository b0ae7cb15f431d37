import { z } from "zod"
import { errorTable } from "../errors/table.ts"
import { type AlertCondition, alertOperators, alertStatistics, callMetrics } from "../model/alert-condition.ts"
import { alertSeverities } from "../model/severity.ts"
import { hasFixedStatistic } from "./checks/measure.ts"
import { maxFineWindowMs, stepOf, windowOf } from "./checks/steps.ts"

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const codes = Object.keys(errorTable) as [keyof typeof errorTable, ...(keyof typeof errorTable)[]]

/** A length of time; Infinity and NaN are none for zod. */
export const milliseconds = (least: number): z.ZodNumber =>
  z
    .number()
    .int()
    .min(least)
    .max(90 * dayMs)

const threshold = z.number().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER)

const repetition = {
  times: z.number().int().min(1).max(1_000_000).optional(),
  withinMs: milliseconds(1000).optional(),
}

const metric = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, "must be a measure of functions, or a key under which values are recorded")
const dimensions = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, "must be the name of a dimension"),
    z.string().min(1).max(128),
  )
  .refine((given) => Object.keys(given).length <= 8, "must be at most 8")
  .optional()

const measure = { metric, dimensions, perSeries: z.boolean().optional() }
const reading = {
  ...measure,
  statistic: z.enum(alertStatistics).optional(),
  minCount: z.number().int().min(0).max(1_000_000_000).optional(),
}
const windowMs = z
  .number()
  .int()
  .min(minuteMs)
  .max(7 * dayMs)
  .refine(
    (ms) => ms % (ms > maxFineWindowMs ? hourMs : minuteMs) === 0,
    "must be whole minutes up to an hour, and whole hours above",
  )
  .optional()

const thresholdCondition = z.strictObject({
  type: z.literal("threshold"),
  ...reading,
  operator: z.enum(alertOperators),
  threshold,
  windowMs,
  forMs: z.number().int().min(minuteMs).optional(),
})

const rateCondition = z.strictObject({
  type: z.literal("rate"),
  ...reading,
  maximum: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
  per: z.enum(["minute", "hour"]),
  direction: z.enum(["up", "down", "both"]).optional(),
  windowMs,
})

const condition = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("call"),
    metric: z.enum(callMetrics),
    operator: z.enum(alertOperators),
    threshold,
    ...repetition,
  }),
  z.strictObject({ type: z.literal("failure"), codes: z.array(z.enum(codes)).min(1).optional(), ...repetition }),
  z.strictObject({ type: z.literal("deployment"), ...repetition }),
  thresholdCondition,
  rateCondition,
  z.strictObject({
    type: z.literal("missing"),
    ...measure,
    expectedEveryMs: z
      .number()
      .int()
      .min(minuteMs)
      .max(30 * dayMs),
  }),
  z.strictObject({
    type: z.literal("anomaly"),
    metric: metric.optional(),
    dimensions,
    minSeverity: z.enum(alertSeverities).optional(),
  }),
  z.strictObject({
    type: z.literal("forecast"),
    ...reading,
    operator: z.enum(["gt", "gte", "lt", "lte"]),
    threshold,
    horizonHours: z.number().int().min(1).max(720),
    level: z.number().gt(0).lt(100).optional(),
    when: z.enum(["expected", "possible", "certain"]).optional(),
  }),
]) as unknown as z.ZodType<AlertCondition>

/** What a rule is about, as it comes from outside. */
export const conditionSchema: z.ZodType<AlertCondition> = condition.superRefine((given, context) => {
  const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message })
  if ("statistic" in given && given.statistic !== undefined && hasFixedStatistic(given.metric)) {
    wrong("statistic", `${given.metric} has none`)
  }
  if (given.type === "rate" && windowOf(given) < 2 * stepOf(given)) wrong("windowMs", "must be at least two steps")
  if (given.type === "threshold" && given.forMs !== undefined) {
    const stepMs = stepOf(given)
    if (given.forMs % stepMs !== 0 || given.forMs > 60 * stepMs) {
      wrong("forMs", `must be whole steps of the window, which are ${stepMs} ms, and at most 60`)
    }
  }
})
