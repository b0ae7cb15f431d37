import { z } from "@hono/zod-openapi"

/** Epoch milliseconds. */
const time = z.number()
const text = z.string()

/** What calls a function or runs a pipeline by itself. */
export const triggerSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    name: text,
    type: text,
    target: z.object({ kind: z.enum(["function", "pipeline"]), id: text, name: text }),
    configuration: z.looseObject({ type: text }),
    status: z.enum(["active", "paused"]),
    nextAt: time.nullable(),
    lastFiredAt: time.nullable(),
    refused: z.number().int().openapi({ description: "Of a webhook: deliveries that their sender did not sign." }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("Trigger")

/** One time that a trigger fired, or was to. */
export const firingSchema: z.ZodType = z
  .object({
    organisation: text,
    id: text,
    triggerId: text,
    cause: z.enum(["schedule", "event", "webhook", "test", "replay"]),
    key: text.nullable(),
    scheduledFor: time.nullable(),
    firedAt: time,
    event: z.unknown(),
    outcome: z.enum(["queued", "skipped", "refused"]),
    reason: text.nullable(),
    jobId: text.nullable(),
    originId: text.nullable(),
  })
  .openapi("Firing")
