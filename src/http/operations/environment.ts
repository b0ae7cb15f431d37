import { z } from "@hono/zod-openapi"
import { FunctionsError } from "../../errors/functions-error.ts"
import type { Environment } from "../../model/configuration.ts"
import type { EnvironmentOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { type Call, type Operations, operation } from "../operation.ts"
import { environmentSchema, variableSchema } from "../schemas.ts"

const tag = "Environment"

const answers = { 200: { description: "All variables.", content: { "application/json": environmentSchema } } }
const oneAnswer = { 200: { description: "The variable.", content: { "application/json": variableSchema } } }

async function environmentOf(call: Call): Promise<Environment> {
  return (await call.functions.get(call.params.id ?? "")).environment
}

async function variableOf(call: Call): Promise<{ readonly key: string; readonly value: string }> {
  const { id = "", key = "" } = call.params
  const environment = await environmentOf(call)
  const value = Object.hasOwn(environment, key) ? environment[key] : undefined
  if (value !== undefined) return { key, value }
  throw new FunctionsError("FN_001", `Cannot find variable "${key.slice(0, 140)}" of "${id}": it is not set.`)
}

/** A function's environment, as a whole and by variable. Changes take effect with the next call. */
export const environmentOperations: Operations<EnvironmentOperation> = {
  listVariables: operation({
    summary: "List the variables",
    tag,
    answers,
    async handle(call) {
      return jsonResponse(await environmentOf(call))
    },
  }),
  setVariables: operation({
    summary: "Set some variables, and delete those that are null; the others stay",
    tag,
    body: z.record(z.string(), z.string().nullable()).openapi("EnvironmentChange"),
    answers,
    async handle(call) {
      return jsonResponse(await call.functions.setEnvironment(call.params.id ?? "", call.body))
    },
  }),
  getVariable: operation({
    summary: "Get a variable",
    tag,
    answers: oneAnswer,
    async handle(call) {
      return jsonResponse(await variableOf(call))
    },
  }),
  setVariable: operation({
    summary: "Set a variable",
    tag,
    body: z.strictObject({ value: z.string() }).openapi("VariableValue"),
    answers: oneAnswer,
    async handle(call) {
      const { id = "", key = "" } = call.params
      const { value } = call.body
      await call.functions.setEnvironment(id, Object.fromEntries([[key, value]]))
      return jsonResponse({ key, value })
    },
  }),
  removeVariable: operation({
    summary: "Delete a variable",
    tag,
    answers: { 204: { description: "Deleted." } },
    async handle(call) {
      const { id = "" } = call.params
      const { key } = await variableOf(call)
      await call.functions.setEnvironment(id, Object.fromEntries([[key, null]]))
      return emptyResponse()
    },
  }),
}
