import { z } from "@hono/zod-openapi"
import { hasScope } from "../../access/scopes.ts"
import type { ConfigurationInput, Environment } from "../../model/configuration.ts"
import type { Trigger } from "../../model/trigger-declaration.ts"
import type { FunctionChange, FunctionDetails } from "../../service/functions.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { FunctionOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { hideSecrets } from "../hide-secrets.ts"
import { type Call, type Operations, operation, rawOperation } from "../operation.ts"
import { pageQuery } from "../queries.ts"
import { deployedSchema, functionSchema, pageOf } from "../schemas.ts"
import { configField, deployedResponse, invalid, newFunctionBody, readJsonUpload, toCode } from "../upload.ts"

const tag = "Functions"

interface Change {
  readonly description?: string | null | undefined
  readonly environment?: Environment | undefined
  readonly triggers?: readonly Trigger[] | undefined
  readonly config?: ConfigurationInput | undefined
}

const trigger = z.looseObject({ type: z.string() }).openapi({
  type: "object",
  description: "As in `function.config.json`.",
  required: ["type"],
  properties: { type: { type: "string", examples: ["http"] }, path: { type: "string", examples: ["/users/:id"] } },
})

const change: z.ZodType<Change> = z
  .strictObject({
    description: z.string().max(2000).nullable().optional(),
    environment: z.record(z.string(), z.string()).optional(),
    // The service validates triggers and configurations, and names the path of what is wrong.
    triggers: z.array(trigger).max(100).optional(),
    config: configField,
  })
  .openapi("FunctionChange") as unknown as z.ZodType<Change>

async function update(call: Call & { readonly body: Change }): Promise<Response> {
  const fields = Object.entries(call.body).filter(([, value]) => value !== undefined)
  const changed = await call.functions.update(call.params.id ?? "", Object.fromEntries(fields) as FunctionChange)
  return jsonResponse(toView(changed, call))
}

/** Environments often hold credentials, so they are shown only to those who could have a function print them. */
function toView(details: FunctionDetails, call: Call): Omit<FunctionDetails, "environment"> {
  if (call.identity && hasScope(call.identity, "write")) return details
  const { environment: _hidden, ...view } = details
  return { ...view, triggers: view.triggers.map(hideSecrets) }
}

/** Listing, creating, reading, changing and removing functions. */
export const functionOperations: Operations<FunctionOperation> = {
  listFunctions: operation({
    summary: "List functions, sorted by name",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(functionSchema) } } },
    async handle(call) {
      const { items, next } = await call.functions.list(toPageRequest(call.query))
      return jsonResponse({ items: items.map((item) => toView(item, call)), next })
    },
  }),
  createFunction: rawOperation({
    summary: "Create a function, without code or with it",
    tag,
    body: newFunctionBody,
    answers: {
      201: {
        description: "Created; where code was given, also deployed.",
        content: { "application/json": z.union([deployedSchema, functionSchema]) },
        headers: { location: "The function." },
      },
    },
    async handle(call) {
      const { name, config, ...upload } = await readJsonUpload(call)
      if (name === undefined) throw invalid("name", "Cannot create a function: the field name must be given.")
      const headers = { location: `${call.prefix}/functions/${name}` }
      if (Object.values(upload).some((value) => value !== undefined)) {
        const deployment = await call.functions.deploy({ name, ...toCode(upload), ...(config ? { config } : {}) })
        return deployedResponse(deployment, 201, headers)
      }
      const created = await call.functions.create({ name, ...(config ? { config } : {}) })
      return jsonResponse(toView(created, call), 201, headers)
    },
  }),
  getFunction: operation({
    summary: "Get a function",
    tag,
    answers: { 200: { description: "The function.", content: { "application/json": functionSchema } } },
    async handle(call) {
      return jsonResponse(toView(await call.functions.get(call.params.id ?? ""), call))
    },
  }),
  replaceFunction: operation({
    summary: "Change a function; what is left out stays",
    tag,
    body: change,
    answers: { 200: { description: "The function.", content: { "application/json": functionSchema } } },
    handle: update,
  }),
  updateFunction: operation({
    summary: "Change a function; what is left out stays",
    tag,
    body: change,
    answers: { 200: { description: "The function.", content: { "application/json": functionSchema } } },
    handle: update,
  }),
  removeFunction: operation({
    summary: "Remove a function with its versions",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle(call) {
      await call.functions.remove(call.params.id ?? "")
      return emptyResponse()
    },
  }),
}
