import { z } from "@hono/zod-openapi"
import { toPageRequest } from "../../util/page-request.ts"
import type { QueueOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { deadLetterKind, deadLetterSchema } from "../dead-letter-schemas.ts"
import { type Operations, operation, rawOperation, readQuery } from "../operation.ts"
import { deadLetterQuery, enqueueQuery, type LetterQuery, purgeQuery } from "../queue-queries.ts"
import { readJson } from "../read-body.ts"
import { pageOf, queuedInvocationSchema } from "../schemas.ts"
import { forCaller } from "../source-lines.ts"
import { readTraceParent } from "../trace-context.ts"

const tag = "Queue"

const replay = z
  .strictObject({
    function: z.string().max(200).optional(),
    kind: deadLetterKind.optional(),
    code: z.string().max(20).optional(),
    from: z.number().optional(),
    to: z.number().optional(),
    dryRun: z.boolean().optional().openapi({ description: "Only says which ones it would be." }),
    perSecond: z.number().positive().max(10_000).optional(),
    limit: z.number().int().min(1).max(10_000).optional(),
  })
  .openapi("Replay")

const queued = { 200: { description: "The call.", content: { "application/json": queuedInvocationSchema } } }

/** Calls that run later, and those that failed for good. */
export const queueOperations: Operations<QueueOperation> = {
  enqueueFunction: rawOperation({
    summary: "Accept a call that runs later; the body is its event, `Idempotency-Key` makes it the same call as before",
    tag,
    query: enqueueQuery,
    body: z.unknown().openapi({ description: "The event." }),
    bodyOptional: true,
    answers: {
      202: {
        description: "It was accepted, and can be followed.",
        content: { "application/json": queuedInvocationSchema },
        headers: { location: "The call." },
      },
    },
    async handle({ request, functions, params, prefix, maxBodyBytes }) {
      const input = await readJson(request, maxBodyBytes)
      const key = request.headers.get("idempotency-key")
      const call = await functions.enqueue(params.id ?? "", input, {
        ...readQuery(request, enqueueQuery),
        external: true,
        ...readTraceParent(request.headers),
        ...(key !== null && { idempotencyKey: key }),
      })
      return jsonResponse(call, 202, { location: `${prefix}/invocations/${call.id}` })
    },
  }),
  cancelInvocation: operation({
    summary: "End an enqueued call that has not ended",
    tag,
    answers: queued,
    async handle({ functions, identity, params }) {
      return jsonResponse(forCaller(await functions.invocations.cancel(params.id ?? ""), identity))
    },
  }),
  listDeadLetters: operation({
    summary: "List enqueued calls that failed for good, newest first",
    tag,
    query: deadLetterQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(deadLetterSchema) } } },
    async handle({ functions, identity, query }) {
      const { items, next } = await functions.deadLetters.list(toFilter(query), toPageRequest(query))
      return jsonResponse({ items: items.map((item) => forCaller(item, identity)), next })
    },
  }),
  purgeDeadLetters: operation({
    summary: "Remove all dead letters that fit",
    tag,
    query: purgeQuery,
    answers: {
      200: { description: "How many.", content: { "application/json": z.object({ removed: z.number().int() }) } },
    },
    async handle({ functions, query }) {
      return jsonResponse({ removed: await functions.deadLetters.purge(toFilter(query)) })
    },
  }),
  replayDeadLetters: operation({
    summary: "Call all again that fit, but none that was called again already",
    tag,
    body: replay,
    bodyOptional: true,
    answers: {
      200: {
        description: "Which ones.",
        content: { "application/json": z.object({ count: z.number().int(), ids: z.array(z.string()) }) },
      },
    },
    async handle({ functions, body: { dryRun, perSecond, limit, ...filter } }) {
      const options = {
        ...(dryRun !== undefined && { dryRun }),
        ...(perSecond !== undefined && { perSecond }),
        ...(limit !== undefined && { limit }),
      }
      return jsonResponse(await functions.deadLetters.replayAll(toFilter(filter), options))
    },
  }),
  getDeadLetter: operation({
    summary: "Get a dead letter with its input, its error and its tries",
    tag,
    answers: { 200: { description: "The letter.", content: { "application/json": deadLetterSchema } } },
    async handle({ functions, identity, params }) {
      return jsonResponse(forCaller(await functions.deadLetters.get(params.id ?? ""), identity))
    },
  }),
  removeDeadLetter: operation({
    summary: "Remove a dead letter",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle({ functions, params }) {
      await functions.deadLetters.remove(params.id ?? "")
      return emptyResponse()
    },
  }),
  replayDeadLetter: operation({
    summary: "Call again, with another input where the body has one",
    tag,
    body: z.strictObject({ input: z.unknown().optional() }).openapi("ReplayOne"),
    bodyOptional: true,
    answers: {
      202: {
        description: "The new call, which names the letter as its origin.",
        content: { "application/json": queuedInvocationSchema },
        headers: { location: "The call." },
      },
    },
    async handle({ functions, params, body, prefix }) {
      const change = "input" in body ? { input: body.input } : undefined
      const call = await functions.deadLetters.replay(params.id ?? "", change)
      return jsonResponse(call, 202, { location: `${prefix}/invocations/${call.id}` })
    },
  }),
}

/** Without what is not given: the service tells nothing from undefined. */
function toFilter({ function: name, kind, code, replayed, from, to }: LetterQuery) {
  return {
    ...(name !== undefined && { function: name }),
    ...(kind !== undefined && { kind }),
    ...(code !== undefined && { code }),
    ...(replayed !== undefined && { replayed }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}
