import { z } from "@hono/zod-openapi"
import type { DeadLetter } from "../model/durable-call.ts"
import { queuedFields } from "./schemas.ts"

/** What a dead letter may be. */
export const deadLetterKind: z.ZodType<DeadLetter["kind"]> = z.enum([
  "function",
  "message",
  "event",
  "notification",
  "forecast",
  "points",
])

/** A call that failed for good. */
export const deadLetterSchema: z.ZodType = z
  .looseObject({
    ...queuedFields,
    kind: deadLetterKind,
    input: z.unknown(),
  })
  .openapi("DeadLetter")
