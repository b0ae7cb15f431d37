import { type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi"
import { namePattern } from "../model/name.ts"
import type { OperationId } from "./access-table.ts"
import type { Answer, Operation } from "./operation.ts"
import type { OperationAccess } from "./operation-access.ts"
import { problemSchema } from "./schemas.ts"

/** What the document says beside its operations. */
export interface DocumentOptions {
  readonly version: string
  readonly prefix: string
}

const scheme = "credentials"

/** Adds an operation to the document. */
export function describeOperation(
  app: OpenAPIHono,
  id: OperationId,
  access: OperationAccess,
  operation: Operation,
  isSecured: boolean,
): void {
  const content = toBodies(operation)
  app.openAPIRegistry.registerPath({
    operationId: id,
    method: access.method.toLowerCase() as RouteConfig["method"],
    path: access.path,
    summary: operation.summary,
    tags: [operation.tag],
    security: isSecured && access.scope !== null ? [{ [scheme]: [] }] : [],
    ...(access.scope === null ? {} : { description: `Needs the scope \`${access.scope}\`.` }),
    request: {
      params: z.object(
        Object.fromEntries(parametersOf(access.path).map((name) => [name, parameter(access.path, name)])),
      ),
      ...(operation.query ? { query: operation.query as z.ZodObject } : {}),
      ...(content ? { body: { content, required: !operation.bodyOptional } } : {}),
    },
    responses: toResponses(access, operation, content !== undefined),
  })
}

/** The OpenAPI 3.1 document of everything that was described. */
export function toDocument(app: OpenAPIHono, { version, prefix }: DocumentOptions): object {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Inlay", version, description: "Functions: deploy, call, chain, observe." },
    servers: [{ url: prefix === "" ? "/" : prefix }],
  })
}

/** Registers what operations refer to. */
export function describeSecurity(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent("securitySchemes", scheme, {
    type: "http",
    scheme: "bearer",
    description: "What the host's `authenticate` asks for; in development the token that was printed at start.",
  })
}

function parametersOf(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "")
}

/** `id` is a function's everywhere but in the paths of records. */
function parameter(path: string, name: string): z.ZodType {
  const text = z.string()
  if (name === "key") return text.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
  if (name === "layer") {
    return text
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}(?:@[1-9][0-9]{0,8})?$/)
      .openapi({ description: "Name, which means the latest version, or name@version.", example: "dates@3" })
  }
  if (name !== "id") return text.regex(namePattern)
  if (!path.startsWith("/functions/")) return text.openapi({ description: "An id." })
  return text
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(?:@[A-Za-z0-9_-]{1,64})?$/)
    .openapi({ description: "Name, id, name@version or name@alias.", example: "transform_data" })
}

type Content = NonNullable<NonNullable<RouteConfig["request"]>["body"]>["content"]

function toBodies(operation: Operation): Content | undefined {
  const bodies = { ...(operation.body ? { "application/json": operation.body } : {}), ...operation.otherBodies }
  return Object.keys(bodies).length === 0 ? undefined : toContent(bodies)
}

function toContent(kinds: Readonly<Record<string, z.ZodType | "bytes">>): Content {
  const bytes = { type: "string", format: "binary" } as const
  return Object.fromEntries(
    Object.entries(kinds).map(([type, schema]) => [type, { schema: schema === "bytes" ? bytes : schema }]),
  )
}

function toResponses(access: OperationAccess, operation: Operation, hasBody: boolean): RouteConfig["responses"] {
  const kinds = { "application/problem+json": problemSchema }
  const anything = operation.functionAnswers ? { "*/*": "bytes" as const } : {}
  const refusals: Record<string, string> = {
    ...(operation.query || hasBody ? { 400: "The query or the body cannot be read." } : {}),
    ...(access.scope === null
      ? {}
      : { 401: "No credentials, or none that fit.", 403: "The scope or the origin does not fit." }),
    ...(access.path.includes("{") ? { 404: "There is no such thing." } : {}),
    ...(hasBody ? { 413: "The body is too large.", 415: "The body is of another type." } : {}),
    ...(hasBody || access.method !== "GET" ? { 422: "The upload, the definition or the change is not valid." } : {}),
    ...(access.kind === "call"
      ? {
          429: "Too many calls wait.",
          500: "The function failed.",
          503: "No sandbox is free.",
          504: "It took too long.",
        }
      : {}),
    default: "Any other problem.",
  }
  const answers = Object.entries(operation.answers).map(([status, answer]) => [
    status,
    toResponse(answer, operation.functionAnswers && status !== "204" ? anything : {}),
  ])
  const problems = Object.entries(refusals).map(([status, description]) => [
    status,
    { description, content: toContent({ ...kinds, ...anything }) },
  ])
  return Object.fromEntries([...answers, ...problems]) as RouteConfig["responses"]
}

function toResponse(answer: Answer, more: Readonly<Record<string, "bytes">>): RouteConfig["responses"][number] {
  const headers = Object.entries(answer.headers ?? {}).map(
    ([name, description]) => [name, { description, schema: { type: "string" as const } }] as const,
  )
  return {
    description: answer.description,
    ...(answer.content ? { content: toContent({ ...answer.content, ...more }) } : {}),
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
  }
}
