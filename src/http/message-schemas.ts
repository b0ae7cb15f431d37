import { z } from "@hono/zod-openapi"

const firing = z.object({
  triggerId: z.string(),
  firingId: z.string(),
  outcome: z.enum(["queued", "skipped", "refused"]),
  jobId: z.string().nullable(),
})

/** A message on its way to those that consume its queue. */
export const messageSchema: z.ZodType = z
  .object({
    id: z.string(),
    organisation: z.string(),
    queue: z.string(),
    body: z.unknown(),
    status: z.enum(["queued", "running", "delivered", "failed", "cancelled"]),
    firings: z.array(firing).optional(),
    error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
    attempts: z.array(z.looseObject({ number: z.number().int() })),
    runAt: z.number(),
    createdAt: z.number(),
    updatedAt: z.number(),
  })
  .openapi("Message")
