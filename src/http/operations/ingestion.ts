import { z } from "@hono/zod-openapi"
import { sourceChangeSchema, sourceSchema } from "../../ingest/parse-source.ts"
import type { IngestBatch } from "../../model/ingestion.ts"
import type { IngestionOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { HttpError } from "../http-error.ts"
import { type Operations, operation, rawOperation } from "../operation.ts"
import { readJson } from "../read-body.ts"

const tag = "Ingestion"

const texts = z.record(z.string(), z.string())

/** For the document only: of a batch each point is judged by itself. */
const batch = z
  .object({
    points: z
      .array(
        z.object({
          key: z.string().openapi({ example: "host.load" }),
          value: z.number(),
          at: z.number().optional().openapi({ description: "Epoch milliseconds; left out, it is now." }),
          dimensions: texts.optional(),
          id: z.string().optional().openapi({ description: "What the source knows the point by." }),
        }),
      )
      .openapi({ description: "1 to 1,000." }),
    source: z.string().optional().openapi({ description: "The name of a source." }),
  })
  .openapi("IngestBatch")

const result = z
  .object({
    accepted: z.number().int().openapi({ description: "How many were stored." }),
    duplicates: z
      .array(z.number().int())
      .openapi({ description: "Where those stood that were stored before, or came before in the batch." }),
    rejected: z.array(z.object({ index: z.number().int(), path: z.string(), message: z.string() })),
    deadLetterId: z
      .string()
      .nullable()
      .openapi({ description: "The dead letter that the rejected ones become; null where there are none." }),
  })
  .openapi("IngestResult")

const savedSource = z
  .object({
    organisation: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    dimensions: texts,
    keys: texts,
    createdAt: z.number(),
    updatedAt: z.number(),
  })
  .openapi("IngestSource")

const source = { description: "The source.", content: { "application/json": savedSource } }

/** Points that others have measured, and where they come from. */
export const ingestionOperations: Operations<IngestionOperation> = {
  ingestPoints: rawOperation({
    summary: "Take points that were measured elsewhere; `Idempotency-Key` makes it the same batch as before",
    tag,
    body: batch,
    answers: {
      200: {
        description: "What became of each point; those that are accepted are stored.",
        content: { "application/json": result },
      },
    },
    async handle({ request, functions, maxBodyBytes }) {
      const body = await readJson(request, maxBodyBytes)
      if (body === undefined) throw new HttpError(400, "Cannot read the body: there is none, it must be JSON.")
      const key = request.headers.get("idempotency-key")
      // Whatever it is: it is read there.
      const taken = await functions.ingestion.ingest(body as IngestBatch, key === null ? {} : { idempotencyKey: key })
      return jsonResponse(taken)
    },
  }),
  listSources: operation({
    summary: "List the sources of points, all of them",
    tag,
    answers: {
      200: {
        description: "The sources.",
        content: { "application/json": z.object({ items: z.array(savedSource) }) },
      },
    },
    async handle({ functions }) {
      return jsonResponse({ items: await functions.ingestion.sources.list() })
    },
  }),
  createSource: operation({
    summary: "Add a source of points",
    tag,
    body: sourceSchema,
    answers: { 201: { ...source, headers: { location: "The source." } } },
    async handle({ functions, body, prefix }) {
      const created = await functions.ingestion.sources.create(body)
      return jsonResponse(created, 201, { location: `${prefix}/ingest/sources/${created.name}` })
    },
  }),
  getSource: operation({
    summary: "Get a source",
    tag,
    answers: { 200: source },
    async handle({ functions, params }) {
      return jsonResponse(await functions.ingestion.sources.get(params.name ?? ""))
    },
  }),
  replaceSource: operation({
    summary: "Put another source in the place of one; what is left out is as in a new one",
    tag,
    body: sourceChangeSchema,
    answers: { 200: source },
    async handle({ functions, params, body }) {
      return jsonResponse(await functions.ingestion.sources.replace(params.name ?? "", body))
    },
  }),
  removeSource: operation({
    summary: "Remove a source; what came from it stays",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle({ functions, params }) {
      await functions.ingestion.sources.remove(params.name ?? "")
      return emptyResponse()
    },
  }),
}
