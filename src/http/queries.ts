import { z } from "@hono/zod-openapi"
import { rangePattern } from "../metrics/parse-range.ts"
import { latestTime } from "../util/latest-time.ts"

/** A query's whole number, without the many spellings that `Number` would take. */
export function wholeNumber(minimum: number, maximum: number, description: string): z.ZodType<number | undefined> {
  return z
    .string()
    .regex(/^[0-9]{1,16}$/, { message: "must be a whole number" })
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum))
    .optional()
    .openapi({ type: "integer", minimum, maximum, description }) as z.ZodType<number | undefined>
}

/** The parameters of every list with pages. */
export const pageFields: {
  readonly limit: z.ZodType<number | undefined>
  readonly cursor: z.ZodType<string | undefined>
} = {
  limit: wholeNumber(1, 1000, "At most so many items; 100 where it is left out."),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_.~-]{1,200}$/, { message: "must be the `next` of the page before" })
    .optional()
    .openapi({ description: "The `next` of the page before." }),
}

const range = {
  range: z
    .string()
    .regex(rangePattern, { message: "must be a length of time such as 1h, 30m or 7d; a bare number is seconds" })
    .optional()
    .openapi({ description: "The time up to now: `1h`, `30m`, `7d`; a bare number is seconds.", example: "1h" }),
}

/** The query of a list with pages. */
export interface PageQuery {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** The query of metrics. */
export interface RangeQuery {
  readonly range?: string | undefined
}

/** The query of the invocations' list. */
export interface InvocationQuery extends PageQuery, RangeQuery {
  readonly function?: string | undefined
  readonly status?: "succeeded" | "failed" | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export const pageQuery: z.ZodType<PageQuery> = z.object(pageFields)

export const rangeQuery: z.ZodType<RangeQuery> = z.object(range)

export const pagedRangeQuery: z.ZodType<PageQuery & RangeQuery> = z.object({ ...pageFields, ...range })

/** A range of time, either way. */
export const rangeFields: {
  readonly range: z.ZodType<string | undefined>
  readonly from: z.ZodType<number | undefined>
  readonly to: z.ZodType<number | undefined>
} = {
  ...range,
  from: wholeNumber(0, latestTime, "Epoch milliseconds, inclusive."),
  to: wholeNumber(0, latestTime, "Epoch milliseconds, exclusive."),
}

export const invocationQuery: z.ZodType<InvocationQuery> = z.object({
  ...pageFields,
  ...rangeFields,
  function: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: "must be a function's name or id" })
    .optional()
    .openapi({ description: "A function's name or id." }),
  status: z.enum(["succeeded", "failed"]).optional(),
})
