import { z } from "@hono/zod-openapi"
import type { ServiceOperation } from "../access-table.ts"
import { jsonResponse, textResponse } from "../answers.ts"
import { HttpError } from "../http-error.ts"
import { type Operations, operation } from "../operation.ts"

const tag = "Service"

/** What the operations on the service itself need of it. */
export interface ServiceOperationsOptions {
  /** Rejects where calls cannot be answered. */
  readonly ready: () => Promise<void>
  /** What the host gives to functions, as declarations. */
  readonly types: () => string
  /** The OpenAPI document for a prefix. */
  readonly document: (prefix: string) => object
  readonly report: (error: unknown) => void
}

/** The types, and health, readiness and the document: these are open to everybody, as probes and tools bring no credentials. */
export function createServiceOperations({
  ready,
  types,
  document,
  report,
}: ServiceOperationsOptions): Operations<ServiceOperation> {
  return {
    getTypes: operation({
      summary: "What the host gives to functions, as a .d.ts file for editors",
      tag,
      answers: { 200: { description: "TypeScript declarations.", content: { "text/plain": z.string() } } },
      handle: () => textResponse(types()),
    }),
    getHealth: operation({
      summary: "Whether the process answers",
      tag,
      answers: {
        200: { description: "It does.", content: { "application/json": z.object({ status: z.literal("ok") }) } },
      },
      handle: () => jsonResponse({ status: "ok" }),
    }),
    getReadiness: operation({
      summary: "Whether calls can be answered: 503 where the storage or the sandbox does not",
      tag,
      answers: {
        200: { description: "They can.", content: { "application/json": z.object({ status: z.literal("ready") }) } },
      },
      async handle() {
        try {
          await ready()
        } catch (error) {
          report(error)
          throw new HttpError(503, "Cannot answer calls: the storage or the sandbox does not answer.")
        }
        return jsonResponse({ status: "ready" })
      },
    }),
    getOpenApi: operation({
      summary: "This document",
      tag,
      answers: {
        200: { description: "OpenAPI 3.1.", content: { "application/json": z.looseObject({ openapi: z.string() }) } },
      },
      handle: ({ prefix }) => jsonResponse(document(prefix)),
    }),
  }
}
