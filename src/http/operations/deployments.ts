import { z } from "@hono/zod-openapi"
import { FunctionsError } from "../../errors/functions-error.ts"
import { namePattern } from "../../model/name.ts"
import type { DeploymentOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { type Call, type Operations, operation, rawOperation } from "../operation.ts"
import { activationSchema, aliasSchema, deployedSchema, deploymentSchema, listOf, versionSchema } from "../schemas.ts"
import { deployedResponse, formSchema, invalid, readUpload, uploadBody, versionBody } from "../upload.ts"

const tag = "Deployments"

const deploying = {
  tag,
  otherBodies: { "multipart/form-data": formSchema, "application/zip": "bytes" },
  answers: { 200: { description: "Deployed and active.", content: { "application/json": deployedSchema } } },
} as const

const activated = { 200: { description: "Active now.", content: { "application/json": deploymentSchema } } }

/** A function is deployed under its name; a path that says neither an id nor a known name gives the name of a new one. */
async function nameOf(call: Call): Promise<string> {
  const target = call.params.id ?? ""
  if (namePattern.test(target)) return target
  if (target.includes("@")) {
    throw new FunctionsError(
      "FN_006",
      `Cannot deploy to "${target.slice(0, 140)}": a deploy makes a new version itself.`,
    )
  }
  return (await call.functions.get(target)).name
}

/** Deploying, rolling back, aliases, and the history of both. */
export const deploymentOperations: Operations<DeploymentOperation> = {
  deployFunction: rawOperation({
    ...deploying,
    body: uploadBody,
    summary: "Deploy a function: a ZIP as a form or as it is, or JSON; a raw ZIP is named by ?name=",
    async handle(call) {
      const { name, ...upload } = await readUpload(call)
      if (name === undefined)
        throw invalid("name", "Cannot deploy the upload: it has no name, the field name must be given.")
      return deployedResponse(await call.functions.deploy({ name, ...upload }))
    },
  }),
  deployVersion: rawOperation({
    ...deploying,
    body: versionBody,
    summary: "Deploy a version of a function; a new name makes a new function",
    async handle(call) {
      const name = await nameOf(call)
      const { name: given, ...upload } = await readUpload(call)
      // A form takes its name from the file where there is none, so only JSON can contradict the path on purpose.
      const isJson = upload.zip === undefined
      if (isJson && given !== undefined && given !== name) {
        throw invalid(
          "name",
          `Cannot deploy "${given.slice(0, 80)}" to "${name}": leave the name out, or write the path's.`,
        )
      }
      return deployedResponse(await call.functions.deploy({ name, ...upload }))
    },
  }),
  rollbackFunction: operation({
    summary: "Go back to the version that was active before, or to the one named",
    tag,
    body: z.strictObject({ to: z.int().min(1).max(999_999_999).optional() }).openapi("RollBack"),
    bodyOptional: true,
    answers: activated,
    async handle(call) {
      const { to } = call.body
      return jsonResponse(await call.functions.rollback(call.params.id ?? "", to === undefined ? {} : { to }))
    },
  }),
  listVersions: operation({
    summary: "List versions, newest first",
    tag,
    answers: { 200: { description: "All versions.", content: { "application/json": listOf(versionSchema) } } },
    async handle(call) {
      return jsonResponse({ items: await call.functions.versions(call.params.id ?? "") })
    },
  }),
  listActivations: operation({
    summary: "List which versions were active, newest first",
    tag,
    answers: { 200: { description: "The history.", content: { "application/json": listOf(activationSchema) } } },
    async handle(call) {
      return jsonResponse({ items: await call.functions.activations(call.params.id ?? "") })
    },
  }),
  listAliases: operation({
    summary: "List aliases",
    tag,
    answers: { 200: { description: "All aliases.", content: { "application/json": listOf(aliasSchema) } } },
    async handle(call) {
      return jsonResponse({ items: await call.functions.aliases.list(call.params.id ?? "") })
    },
  }),
  setAlias: operation({
    summary: "Let an alias name a version",
    tag,
    body: z.strictObject({ version: z.int().min(1).max(999_999_999) }).openapi("AliasTarget"),
    answers: { 200: { description: "The alias.", content: { "application/json": aliasSchema } } },
    async handle(call) {
      const { id = "", alias = "" } = call.params
      return jsonResponse(await call.functions.aliases.set(id, alias, call.body.version))
    },
  }),
  removeAlias: operation({
    summary: "Remove an alias",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle(call) {
      const { id = "", alias = "" } = call.params
      await call.functions.aliases.remove(id, alias)
      return emptyResponse()
    },
  }),
  promoteAlias: operation({
    summary: "Make the alias's version the active one",
    tag,
    answers: activated,
    async handle(call) {
      const { id = "", alias = "" } = call.params
      return jsonResponse(await call.functions.aliases.promote(id, alias))
    },
  }),
}
