import { toPageRequest } from "../../util/page-request.ts"
import type { LayerOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { type Operations, operation, rawOperation } from "../operation.ts"
import { pageQuery } from "../queries.ts"
import { layerDeploymentSchema, layerDetailsSchema, layerSchema, listOf, pageOf } from "../schemas.ts"
import { invalid, layerBody, layerFormSchema, readUpload } from "../upload.ts"

const tag = "Layers"

/** Code that functions share. */
export const layerOperations: Operations<LayerOperation> = {
  listLayers: operation({
    summary: "List layers, sorted by name, each by its latest version",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(layerSchema) } } },
    async handle(call) {
      return jsonResponse(await call.functions.layers.list(toPageRequest(call.query)))
    },
  }),
  deployLayer: rawOperation({
    summary: "Deploy a version of a layer: a ZIP as a form or as it is, or JSON; a raw ZIP is named by ?name=",
    tag,
    body: layerBody,
    otherBodies: { "multipart/form-data": layerFormSchema, "application/zip": "bytes" },
    answers: {
      200: {
        description: "Functions may use it; the version that there was, where the content is the same.",
        content: { "application/json": layerDeploymentSchema },
      },
    },
    async handle(call) {
      const { name, config, ...upload } = await readUpload(call)
      if (name === undefined)
        throw invalid("name", "Cannot deploy the layer: it has no name, the field name must be given.")
      if (config !== undefined) throw invalid("config", "Cannot deploy the layer: a layer has no configuration.")
      return jsonResponse(await call.functions.layers.deploy({ name, ...upload }))
    },
  }),
  getLayer: operation({
    summary: "Get a version of a layer, with the versions of functions that use it",
    tag,
    answers: { 200: { description: "The version.", content: { "application/json": layerDetailsSchema } } },
    async handle(call) {
      return jsonResponse(await call.functions.layers.get(call.params.layer ?? ""))
    },
  }),
  listLayerVersions: operation({
    summary: "List the versions of a layer, newest first",
    tag,
    answers: { 200: { description: "All versions.", content: { "application/json": listOf(layerSchema) } } },
    async handle(call) {
      return jsonResponse({ items: await call.functions.layers.versions(call.params.layer ?? "") })
    },
  }),
  removeLayer: operation({
    summary: "Remove a version of a layer, or all of them, that no version of a function uses",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle(call) {
      await call.functions.layers.remove(call.params.layer ?? "")
      return emptyResponse()
    },
  }),
}
