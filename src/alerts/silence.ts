import { z } from "zod"
import type { AlertSilence } from "../model/alert.ts"
import { invalid, toErrorIssues } from "../model/invalid.ts"
import { latestTime } from "../util/latest-time.ts"
import { namedSchema } from "./parse-rule.ts"

/** What is to be told to nobody, and for how long. Times are epoch milliseconds. */
export interface SilenceInput {
  /** @default all rules */
  readonly ruleId?: string
  /** The name of a function, or a pattern such as `transform-*`. @default all functions */
  readonly function?: string
  /** @default now */
  readonly from?: number
  readonly until: number
  /** Why, for whoever wonders. */
  readonly reason: string
}

const time = z.number().int().min(0).max(latestTime)

/** A silence as it comes from outside. */
export const silenceSchema: z.ZodType<SilenceInput> = z.strictObject({
  ruleId: z.string().min(1).max(64).optional(),
  function: namedSchema.optional(),
  from: time.optional(),
  until: time,
  reason: z.string().min(1).max(1000),
}) as unknown as z.ZodType<SilenceInput>

/** What is not done where a silence is not valid. */
export const silencing = "silence alerts"

/** Reads a silence; `FN_006` with what is wrong. */
export function parseSilence(
  value: unknown,
  now: number,
): Pick<AlertSilence, "ruleId" | "function" | "from" | "until" | "reason"> {
  const parsed = silenceSchema.safeParse(value)
  if (!parsed.success) throw invalid(silencing, toErrorIssues(parsed.error))
  const { ruleId = null, function: name = null, from = now, until, reason } = parsed.data
  if (until <= Math.max(from, now)) {
    throw invalid(silencing, [{ path: "until", message: "must be after its beginning, and to come" }])
  }
  return { ruleId, function: name, from, until, reason }
}
