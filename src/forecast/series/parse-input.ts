import { z } from "zod"
import { type ForecastInput, forecastStatistics, forecastSteps } from "../../model/forecast.ts"
import type { ForecastScheduleInput } from "../../model/forecast-schedule.ts"
import { invalid, toErrorIssues } from "../../model/invalid.ts"
import { maxHorizon, maxLevels } from "../request.ts"

const oneLine = z.string().regex(/^[^\p{Cc}]*$/u, "must be one line")

const fields = {
  key: z.string().min(1).max(64),
  function: z.string().min(1).max(64).optional(),
  dimensions: z
    .record(z.string().max(64), z.string().max(128))
    .refine((dimensions) => Object.keys(dimensions).length <= 8, "must be at most 8")
    .optional(),
  statistic: z.enum(forecastStatistics).optional(),
  step: z.enum(forecastSteps),
  horizon: z.number().int().min(1).max(maxHorizon),
  // Infinity is no number for zod, nor is NaN.
  levels: z.array(z.number().gt(0).lt(100)).min(1).max(maxLevels).optional(),
  backend: z.string().min(1).max(100).optional(),
  seasonLength: z.number().int().min(1).max(8192).optional(),
}

/** What to forecast, as it comes from outside. */
export const forecastInputSchema: z.ZodType<ForecastInput> = z.strictObject(
  fields,
) as unknown as z.ZodType<ForecastInput>

/** A schedule as it comes from outside. */
export const forecastScheduleSchema: z.ZodType<ForecastScheduleInput> = z.strictObject({
  name: oneLine.min(1).max(100),
  every: oneLine.min(1).max(200),
  ...fields,
}) as unknown as z.ZodType<ForecastScheduleInput>

/** What is not done where a request cannot be. */
export const forecasting = "forecast"

/** What is not done where a schedule cannot be. */
export const scheduling = "schedule the forecast"

/** Reads what comes from outside; `FN_006` with the path of everything that is wrong. */
export function parseInput<Input>(schema: z.ZodType<Input>, doing: string, value: unknown): Input {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(doing, toErrorIssues(parsed.error))
}
