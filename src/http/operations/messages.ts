import { z } from "@hono/zod-openapi"
import type { MessageOperation } from "../access-table.ts"
import { jsonResponse } from "../answers.ts"
import { messageSchema } from "../message-schemas.ts"
import { type Operations, operation, rawOperation, readQuery } from "../operation.ts"
import { messageQuery } from "../queue-queries.ts"
import { readJson } from "../read-body.ts"
import { readTraceParent } from "../trace-context.ts"

const tag = "Queue"

/** Messages to those that consume a queue. */
export const messageOperations: Operations<MessageOperation> = {
  sendMessage: rawOperation({
    summary: "Hand a message to the functions and pipelines that consume a queue; the body is the message",
    tag,
    query: messageQuery,
    body: z.unknown().openapi({ description: "Any JSON." }),
    bodyOptional: true,
    answers: {
      202: {
        description: "It was accepted, and can be followed.",
        content: { "application/json": messageSchema },
        headers: { location: "The message." },
      },
    },
    async handle({ request, functions, params, prefix, maxBodyBytes }) {
      const body = await readJson(request, maxBodyBytes)
      const idempotencyKey = request.headers.get("idempotency-key")
      const message = await functions.queues.send(params.queue ?? "", body, {
        ...readQuery(request, messageQuery),
        ...readTraceParent(request.headers),
        ...(idempotencyKey !== null && { idempotencyKey }),
      })
      return jsonResponse(message, 202, { location: `${prefix}/messages/${message.id}` })
    },
  }),
  getMessage: operation({
    summary: "Get a message, with what it brought once it is delivered",
    tag,
    answers: { 200: { description: "The message.", content: { "application/json": messageSchema } } },
    async handle({ functions, params }) {
      return jsonResponse(await functions.queues.get(params.id ?? ""))
    },
  }),
}
