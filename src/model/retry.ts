import { z } from "zod"
import type { ErrorCode } from "../errors/table.ts"
import type { InvocationError } from "./invocation.ts"

/** The policy as a configuration says it. */
export const retrySchema: z.ZodType<Retry> = z.strictObject({
  attempts: z.number().int().min(1).max(100).optional(),
  delay: z.number().min(0).max(86_400).optional(),
  maxDelay: z.number().min(0).max(604_800).optional(),
  factor: z.number().min(1).max(10).optional(),
}) as unknown as z.ZodType<Retry>

/** How queued calls are tried again; delays are seconds, of which each wait is a random part. */
export interface Retry {
  /** Tries in all. @default 4 */
  readonly attempts?: number
  /** The longest wait before the second try. @default 1 */
  readonly delay?: number
  /** No wait is longer. @default 3600 */
  readonly maxDelay?: number
  /** How many times longer each wait may be than the one before. @default 2 */
  readonly factor?: number
}

/** A retry policy with its defaults filled in; delays are seconds. */
export type RetryPolicy = Required<Retry>

/** Four tries: at once, and then after up to 1, 2 and 4 seconds. */
export const defaultRetry: RetryPolicy = { attempts: 4, delay: 1, maxDelay: 3600, factor: 2 }

/**
 * How long to wait before the next try, in milliseconds: exponential backoff with full jitter, which spreads the callers of
 * a service that has just come back ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015). `attempt` is the try
 * that failed, from 1; `random` is from 0 to 1.
 */
export function backoffMs({ delay, maxDelay, factor }: RetryPolicy, attempt: number, random: number): number {
  return Math.min(maxDelay, delay * factor ** (attempt - 1)) * 1000 * random
}

/** Errors that another try cannot mend, by the name that a function's own error has. */
const finalNames = new Set(["SyntaxError", "NonRetriableError", "ValidationError", "ZodError"])

/** Whether another try may succeed, by the code: timeouts, crashes and refusals of a busy service pass, mistakes stay. */
const transientCodes: Readonly<Record<ErrorCode, boolean>> = {
  FN_001: false,
  FN_002: true,
  FN_003: true,
  FN_004: true,
  FN_005: false,
  FN_006: false,
  FN_007: true,
  FN_008: true,
  FN_009: false,
}

/** Whether another try may succeed. */
export function isTransient({ code, name }: Pick<InvocationError, "code" | "name">): boolean {
  return transientCodes[code] && !(code === "FN_004" && finalNames.has(name))
}

/** What an HTTP status says of a call: undefined where it succeeded. Timeouts, rate limits and 5xx pass. */
export function judgeStatus(status: number): "transient" | "final" | undefined {
  if (status < 400) return undefined
  return status >= 500 || status === 408 || status === 425 || status === 429 ? "transient" : "final"
}

/** How dates of HTTP begin, in any of their three forms: other texts may be read as dates too, and are none. */
const httpDate = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i

/** The end of the form of `asctime`, which is in UTC and does not say so. */
const withoutZone = /\d\d:\d\d:\d\d \d{4}(?=\s*$)/

/** The milliseconds that a `Retry-After` header asks for: seconds, or a date (RFC 9110); undefined where it says nothing. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000
  const at = httpDate.test(value.trim()) ? Date.parse(value.replace(withoutZone, "$& GMT")) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}
