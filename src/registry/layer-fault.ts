import { FunctionsError } from "../errors/functions-error.ts"
import { type LayerPin, layerScheme, toLayerText } from "../model/layer.ts"
import type { LayerStore } from "../ports/layer-storage.ts"
import { didYouMean, nearest } from "../util/nearest.ts"

const shownNames = 20

/** Where a module could not be linked with its layers, an `FN_005` that says why; otherwise the error as it is. */
export async function explainLayerFault(
  error: unknown,
  organisation: string,
  pins: readonly LayerPin[],
  store: LayerStore,
): Promise<unknown> {
  const said = error instanceof FunctionsError ? (error.guest?.message ?? "") : ""
  const [, absent] = /^could not load module 'layer:([\w-]+)'$/.exec(said) ?? []
  if (absent !== undefined) {
    return refuse(`its code imports "${layerScheme}${absent}", and "${absent}" is not among its layers`, error)
  }
  const [, missing = "", name] = /^Could not find export '(.*)' in module 'layer:([\w-]+)'$/.exec(said) ?? []
  const pin = pins.find((candidate) => candidate.name === name)
  const layer = pin && (await store.find(organisation, pin.name, pin.version))
  if (!layer) return error
  const all = layer.exports.slice(0, shownNames).join(", ") || "nothing"
  const near = nearest(missing, layer.exports)
  const hint = near === undefined ? `; it exports ${all}` : didYouMean(near)
  return refuse(`layer "${toLayerText(layer)}" exports no ${JSON.stringify(missing)}${hint}`, error, near)
}

function refuse(why: string, cause: unknown, suggestion?: string): FunctionsError {
  return new FunctionsError("FN_005", `Cannot deploy: ${why}.`, {
    issues: [{ path: "layers", message: why, ...(suggestion !== undefined && { suggestion }) }],
    cause,
  })
}
