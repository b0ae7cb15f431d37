import type { z } from "@hono/zod-openapi"
import type { Identity } from "../model/identity.ts"
import { toErrorIssues } from "../model/invalid.ts"
import type { Functions } from "../service/functions.ts"
import type { OperationId } from "./access-table.ts"
import { HttpError } from "./http-error.ts"
import { readJson } from "./read-body.ts"

/** One request on its way to an operation. */
export interface Call {
  readonly request: Request
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** The service, bound to the caller's organisation. */
  readonly functions: Functions
  /** Null where the caller is not known and need not be. */
  readonly identity: Identity | null
  /** The mount's prefix, without a slash at its end. */
  readonly prefix: string
  readonly maxBodyBytes: number
  readonly nowMs: number
}

/** A call with its query and JSON body, both validated. */
export interface ValidCall<Query, Body> extends Call {
  readonly query: Query
  readonly body: Body
}

/** One kind of success; without `content` there is no body. */
export interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, z.ZodType | "bytes">>
  readonly headers?: Readonly<Record<string, string>>
}

/** An operation as the router and the document see it. */
export interface Operation {
  readonly summary: string
  readonly tag: string
  readonly query?: z.ZodType
  /** The JSON body. */
  readonly body?: z.ZodType
  readonly bodyOptional?: boolean
  /** Further kinds of body, which `handle` reads itself. */
  readonly otherBodies?: Readonly<Record<string, z.ZodType | "bytes">>
  readonly answers: Readonly<Record<number, Answer>>
  /** Whether a function may answer instead, with any status and kind of body. */
  readonly functionAnswers?: boolean
  readonly handle: (call: Call) => Promise<Response> | Response
}

/** Some operations, by name. */
export type Operations<Id extends OperationId> = Readonly<Record<Id, Operation>>

/** Declares an operation: from its schemas come validation, the types of `handle` and the OpenAPI document. */
export function operation<Query = undefined, Body = undefined>(
  declaration: Omit<Operation, "handle" | "query" | "body"> & {
    readonly query?: z.ZodType<Query>
    readonly body?: z.ZodType<Body>
    readonly handle: (call: ValidCall<Query, Body>) => Promise<Response> | Response
  },
): Operation {
  const { query, body, handle } = declaration
  // Where there is no schema, the type parameter is `undefined`, and so is the value.
  return {
    ...declaration,
    handle: async (call) =>
      handle({
        ...call,
        query: (query ? readQuery(call.request, query) : undefined) as Query,
        body: (body ? await readBody(call, body, declaration.bodyOptional ?? false) : undefined) as Body,
      }),
  } as Operation
}

/** Declares an operation that reads the request itself: its schemas are for the document only. */
export function rawOperation(declaration: Operation): Operation {
  return declaration
}

/** Validates a body that was read elsewhere; `FN_006` (422) with one issue for each thing that is wrong. */
export function validateBody<Body>(schema: z.ZodType<Body>, value: unknown): Body {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new HttpError(422, "Cannot accept the body: it is not of the form that the operation asks for.", {
    code: "FN_006",
    issues: toErrorIssues(result.error).slice(0, 20),
  })
}

async function readBody<Body>(call: Call, schema: z.ZodType<Body>, optional: boolean): Promise<Body> {
  const value = await readJson(call.request, call.maxBodyBytes)
  if (value === undefined && !optional)
    throw new HttpError(400, "Cannot read the body: there is none, it must be JSON.")
  return validateBody(schema, value ?? {})
}

/** Reads and validates what stands behind an address; 400 with one issue for each thing that is wrong. */
export function readQuery<Query>(request: Request, schema: z.ZodType<Query>): Query {
  const start = request.url.indexOf("?")
  const parameters = new URLSearchParams(start === -1 ? "" : request.url.slice(start))
  const values = [...new Set(parameters.keys())].map((key) => {
    const all = parameters.getAll(key)
    return [key, all.length === 1 ? all[0] : all] as const
  })
  const result = schema.safeParse(Object.fromEntries(values))
  if (result.success) return result.data
  const issues = toErrorIssues(result.error).slice(0, 20)
  const [first] = issues
  throw new HttpError(
    400,
    `Cannot use the query: ${first?.path ?? "a parameter"} ${first?.message ?? "is not valid"}.`,
    {
      issues,
    },
  )
}
