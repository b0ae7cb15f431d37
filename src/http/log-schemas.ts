import { z } from "@hono/zod-openapi"
import { logLevels } from "../model/log.ts"

const text = z.string()
const fields = z.record(text, z.union([text, z.number(), z.boolean(), z.null()]))
const entry = {
  time: z.number().openapi({ description: "Epoch milliseconds." }),
  level: z.enum(logLevels),
  message: text,
}

/** One line in the record of its call. */
export const logEntrySchema: z.ZodType = z.object({ ...entry, fields: fields.optional() })

/** One line that a function wrote, with the call that wrote it. */
export const logSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    ...entry,
    fields,
    functionId: text,
    functionName: text,
    version: z.number().int(),
    invocationId: text,
    traceId: text,
  })
  .openapi("LogLine")
