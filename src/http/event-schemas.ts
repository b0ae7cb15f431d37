import { z } from "@hono/zod-openapi"
import { errorCode } from "./schemas.ts"

const text = z.string()

/** An event in the JSON format of CloudEvents 1.0. */
export const cloudEventSchema: z.ZodType = z
  .looseObject({
    specversion: text.openapi({ example: "1.0" }),
    id: text,
    source: text,
    type: text,
    subject: text.optional(),
    time: text.optional(),
    datacontenttype: text.optional(),
    dataschema: text.optional(),
    data: z.unknown().optional(),
    data_base64: text.optional(),
  })
  .openapi("CloudEvent")

/** What somebody publishes as plain JSON. */
export const newEventSchema: z.ZodType = z
  .looseObject({
    type: text,
    source: text.optional(),
    id: text.optional(),
    subject: text.optional(),
    data: z.unknown(),
  })
  .openapi("NewEvent")

const identity = z.object({ id: text, source: text, type: text })

/** What publishing answers. */
export const publishedSchema: z.ZodType = z
  .object({
    ids: z.array(text).openapi({ description: "Of the events' records, in their order." }),
    items: z.array(z.object({ id: text, duplicate: z.boolean(), event: identity })),
  })
  .openapi("Published")

const firing = z.object({
  triggerId: text,
  firingId: text,
  outcome: z.enum(["queued", "skipped", "refused"]),
  jobId: text.nullable(),
})

/** A published event with what its delivery came to. */
export const publishedEventSchema: z.ZodType = z
  .object({
    id: text,
    organisation: text,
    event: cloudEventSchema,
    status: z.enum(["queued", "running", "delivered", "failed", "cancelled"]),
    resumed: z.number().int().optional().openapi({ description: "Runs of pipelines that waited for it." }),
    fired: z.number().int().optional().openapi({ description: "Triggers that fired." }),
    firings: z.array(firing).optional().openapi({ description: "The first hundred of them." }),
    error: z.looseObject({ code: errorCode, message: text }).optional(),
    attempts: z.array(z.looseObject({ number: z.number().int(), startedAt: z.number(), endedAt: z.number() })),
    createdAt: z.number(),
    updatedAt: z.number(),
  })
  .openapi("PublishedEvent")
