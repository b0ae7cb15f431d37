import { FunctionsError } from "../errors/functions-error.ts"
import { type LayerPin, type LayerRecord, toLayerReference, toLayerText } from "../model/layer.ts"
import type { LayerStore } from "../ports/layer-storage.ts"
import { didYouMean, nearest } from "../util/nearest.ts"

/** Bundles of one version's layers together; each of its threads holds them. */
const maxLayerBytes = 20 * 1024 * 1024
const maxNames = 1000

/**
 * The versions that a configuration's layers mean now: the latest where none is named.
 * Throws `FN_006` where there is none, or where they are too large together.
 */
export async function pinLayers(
  store: LayerStore,
  organisation: string,
  written: readonly string[] = [],
): Promise<readonly LayerPin[]> {
  const found: LayerRecord[] = []
  for (const [index, text] of written.entries()) {
    const { name, version } = toLayerReference(text)
    const layer = await store.find(organisation, name, version)
    found.push(layer ?? (await refuse(store, organisation, text, index)))
  }
  const bytes = found.reduce((sum, { bundleBytes }) => sum + bundleBytes, 0)
  if (bytes <= maxLayerBytes) return found.map(({ name, version }) => ({ name, version }))
  const sizes = found.map((layer) => `${toLayerText(layer)} has ${layer.bundleBytes}`).join(", ")
  throw invalid("layers", `have ${bytes} bytes together, of which ${maxLayerBytes} are allowed: ${sizes}`)
}

async function refuse(store: LayerStore, organisation: string, text: string, index: number): Promise<never> {
  const { name, version } = toLayerReference(text)
  const path = `layers.${index}`
  const latest = version === undefined ? null : await store.find(organisation, name)
  if (latest) throw invalid(path, `names "${text}", which there is not; the latest is ${toLayerText(latest)}`)
  const { items } = await store.list(organisation, { limit: maxNames })
  const near = nearest(
    name,
    items.map((item) => item.name),
  )
  throw invalid(path, `names the unknown layer "${name}"${didYouMean(near)}`, near)
}

function invalid(path: string, message: string, suggestion?: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot use the configuration: "${path}" ${message}.`, {
    issues: [{ path, message, ...(suggestion !== undefined && { suggestion }) }],
  })
}
