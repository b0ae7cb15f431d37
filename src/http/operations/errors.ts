import { z } from "@hono/zod-openapi"
import { type ErrorCode, errorTable } from "../../errors/table.ts"
import { type ErrorGroupStatus, errorGroupStatuses } from "../../model/error-group.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { ErrorOperation } from "../access-table.ts"
import { jsonResponse } from "../answers.ts"
import { type Operations, operation } from "../operation.ts"
import { type PageQuery, pageFields } from "../queries.ts"
import { errorCode, pageOf } from "../schemas.ts"

const tag = "Errors"
const text = z.string()
const time = z.number().openapi({ description: "Epoch milliseconds." })
const version = z.number().int()

const groupSchema = z
  .object({
    organisation: text,
    id: text,
    functionId: text,
    functionName: text,
    code: errorCode,
    name: text,
    message: text,
    status: z.enum(errorGroupStatuses),
    count: z.number().int(),
    firstAt: time,
    firstVersion: version,
    lastAt: time,
    lastVersion: version,
    last: z.object({ invocationId: text, traceId: text, version, message: text, stack: text, at: time }),
    resolvedAt: time.nullable(),
    resolvedBy: text.nullable(),
    regressedAt: time.nullable(),
  })
  .openapi("ErrorGroup")
const group = { 200: { description: "The group.", content: { "application/json": groupSchema } } }

interface ErrorQuery extends PageQuery {
  readonly function?: string | undefined
  readonly status?: ErrorGroupStatus | undefined
  readonly code?: ErrorCode | undefined
}

const errorQuery: z.ZodType<ErrorQuery> = z.object({
  ...pageFields,
  function: z.string().min(1).max(64).optional().openapi({ description: "A function's name or id." }),
  status: z.enum(errorGroupStatuses).optional(),
  code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]).optional(),
})

/** Failures, grouped. */
export const errorOperations: Operations<ErrorOperation> = {
  listErrors: operation({
    summary: "List failures grouped by their cause, those that failed last first",
    tag,
    query: errorQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(groupSchema) } } },
    async handle({ functions, query }) {
      const { status, code, function: name } = query
      const filter = {
        ...(name !== undefined && { function: name }),
        ...(status !== undefined && { status }),
        ...(code !== undefined && { code }),
      }
      return jsonResponse(await functions.errors.list(filter, toPageRequest(query)))
    },
  }),
  getError: operation({
    summary: "Get a group",
    tag,
    answers: group,
    async handle({ functions, params }) {
      return jsonResponse(await functions.errors.get(params.id ?? ""))
    },
  }),
  resolveError: operation({
    summary: "Say that a group is mended: it regresses where a newer version fails so",
    tag,
    answers: group,
    async handle({ functions, params }) {
      return jsonResponse(await functions.errors.resolve(params.id ?? ""))
    },
  }),
  reopenError: operation({
    summary: "Say that a group is not mended after all",
    tag,
    answers: group,
    async handle({ functions, params }) {
      return jsonResponse(await functions.errors.reopen(params.id ?? ""))
    },
  }),
}
