import { z } from "@hono/zod-openapi"
import { type LogFilter, type LogLevel, logLevels } from "../model/log.ts"
import { type PageQuery, pageFields, type RangeQuery, rangeFields, wholeNumber } from "./queries.ts"
import { toTimeRange } from "./range.ts"

/** The query of what functions wrote. */
export interface LogQuery extends RangeQuery {
  readonly text?: string | undefined
  /** `name:value`, the value from the first colon on. */
  readonly field?: string | readonly string[] | undefined
  readonly level?: LogLevel | undefined
  readonly function?: string | undefined
  readonly version?: number | undefined
  readonly invocation?: string | undefined
  readonly trace?: string | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { message: "must be an id" })
const field = z.string().regex(/^[^:]{1,128}:/, { message: "must be a name, a colon and a value" })

const filterFields = {
  ...rangeFields,
  text: z
    .string()
    .max(1000)
    .optional()
    .openapi({ description: "Stands somewhere in the message; letters from A to Z in either case." }),
  field: z
    .union([field, z.array(field).max(10)])
    .optional()
    .openapi({ description: "A field with this value, such as `order:7`; several have to hold together." }),
  level: z.enum(logLevels).optional().openapi({ description: "This level and those above it." }),
  version: wholeNumber(1, 2_147_483_647, "A version of the function."),
  invocation: id.optional().openapi({ description: "The id of an invocation." }),
  trace: id.optional().openapi({ description: "A trace id." }),
}
const name = {
  function: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: "must be a function's name or id" })
    .optional()
    .openapi({ description: "A function's name or id." }),
}

export const logQuery: z.ZodType<LogQuery & PageQuery> = z.object({ ...pageFields, ...filterFields, ...name })

export const functionLogQuery: z.ZodType<LogQuery & PageQuery> = z.object({ ...pageFields, ...filterFields })

export const tailQuery: z.ZodType<LogQuery> = z.object({ ...filterFields, ...name })

export const exportQuery: z.ZodType<LogQuery & { readonly gzip?: "true" | "false" | undefined }> = z.object({
  ...filterFields,
  ...name,
  gzip: z
    .enum(["true", "false"])
    .optional()
    .openapi({ description: "Answers a file of gzip, whatever `Accept-Encoding` says." }),
})

/** The filter that a query asks for. */
export function toLogFilter(query: LogQuery, nowMs: number): LogFilter {
  const { text, field: given = [], level, version, invocation, trace } = query
  const fields = (typeof given === "string" ? [given] : given).map((one): [string, string] => {
    const colon = one.indexOf(":")
    return [one.slice(0, colon), one.slice(colon + 1)]
  })
  return {
    ...toTimeRange(query, nowMs),
    ...(text !== undefined && { text }),
    ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
    ...(level !== undefined && { level }),
    ...(query.function !== undefined && { function: query.function }),
    ...(version !== undefined && { version }),
    ...(invocation !== undefined && { invocationId: invocation }),
    ...(trace !== undefined && { traceId: trace }),
  }
}
