import { z } from "zod"

const count = (maximum: number) => z.number().int().min(1).max(maximum)

/** Seconds, up to a week. */
const seconds = z.number({ error: 'must be seconds, or a text such as "30s" or "5m"' }).min(0.1).max(604_800)

/** What calls of one key have in common, as a path into their input. */
const key = z
  .string()
  .max(500)
  .regex(/^event(?:\.[A-Za-z0-9_$-]+)*$/, { message: 'must be a path into the input, such as "event.data.userId"' })

const concurrency = z.strictObject({ limit: count(100_000), key: key.optional() })

const bounds = z
  .array(concurrency)
  .min(1)
  .max(2)
  .refine((given) => new Set(given.map((bound) => bound.key)).size === given.length, {
    message: "must not have two limits of the same key, or without one",
  })

const throttle = z
  .strictObject({
    limit: count(1_000_000),
    period: seconds,
    burst: count(1_000_000).optional(),
    key: key.optional(),
  })
  .refine(({ limit, period }) => limit <= period * 1000, { path: ["limit"], message: "must be at most 1000 a second" })

const debounce = z
  .strictObject({ period: seconds, timeout: seconds.optional(), key: key.optional() })
  .refine(({ period, timeout }) => timeout === undefined || timeout >= period, {
    path: ["timeout"],
    message: "must not be less than the period",
  })

const batch = z.strictObject({ maxSize: count(1000), timeout: seconds, key: key.optional() })

/** How queued calls flow, as a configuration says it. */
export const queueControlSchema: z.ZodType<QueueControl> = z
  .strictObject({
    concurrency: z
      .union([count(100_000), concurrency, bounds], {
        error: "must be a whole number from 1, { limit, key? } with such a limit, or two of these with different keys",
      })
      .optional(),
    throttle: throttle.optional(),
    debounce: debounce.optional(),
    batch: batch.optional(),
    priority: z.number().int().min(-100).max(100).optional(),
  })
  .refine(({ debounce, batch }) => debounce === undefined || batch === undefined, {
    path: ["batch"],
    message: "must not stand beside debounce: a call is gathered in one way",
  }) as unknown as z.ZodType<QueueControl>

/** A bound on calls of one key; a key is a path into the input, such as `event.data.userId`. */
export interface QueueConcurrency {
  /** Calls that are under way at once. */
  readonly limit: number
  /** @default all calls of the function share one */
  readonly key?: string
}

/** Calls that begin in a period, evenly spread; more wait. */
export interface QueueThrottle {
  readonly limit: number
  /** Seconds. */
  readonly period: number
  /** Calls that may begin at once where none has for a while. @default 1 */
  readonly burst?: number
  readonly key?: string
}

/** Of calls that follow one another, the last alone runs. */
export interface QueueDebounce {
  /** Seconds without a further call. */
  readonly period: number
  /** Seconds that the first call waits at most. @default no end */
  readonly timeout?: number
  readonly key?: string
}

/** Calls run together, as one call whose input is `{ events: [...] }`. */
export interface QueueBatch {
  readonly maxSize: number
  /** Seconds that the first call waits at most for others. */
  readonly timeout: number
  readonly key?: string
}

/** How queued calls of one function of one organisation flow. Calls that are not queued pass by all of it. */
export interface QueueControl {
  readonly concurrency?: number | QueueConcurrency | readonly QueueConcurrency[]
  readonly throttle?: QueueThrottle
  readonly debounce?: QueueDebounce
  readonly batch?: QueueBatch
  /** That of its calls which name none: -100 to 100. @default 0 */
  readonly priority?: number
}
