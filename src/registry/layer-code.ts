import type { VersionConfiguration } from "../model/configuration.ts"
import { type LayerPin, layerScheme, toLayerReference, toLayerText } from "../model/layer.ts"
import type { LayerStore } from "../ports/layer-storage.ts"
import type { RuntimeLayer } from "../ports/runtime.ts"
import { notFound } from "./not-found.ts"
import type { MapSource } from "./version-maps.ts"

/** The code of layers, once in memory however many functions use it. */
export interface LayerCode {
  /** In the order of the pins; `FN_001` where one is gone. */
  read(organisation: string, pins: readonly LayerPin[]): Promise<readonly RuntimeLayer[]>
  /** What stacks call them, and how their maps are read. */
  toSources(organisation: string, layers: readonly RuntimeLayer[] | undefined): readonly MapSource[]
}

/** Creates a reader. What no function uses any more is forgotten with the last one that did. */
export function createLayerCode(store: LayerStore): LayerCode {
  const inUse = new Map<string, WeakRef<RuntimeLayer>>()
  const forget = new FinalizationRegistry<string>((key) => {
    if (!inUse.get(key)?.deref()) inUse.delete(key)
  })

  async function readOne(organisation: string, pin: LayerPin): Promise<RuntimeLayer> {
    const key = `${organisation}/${toLayerText(pin)}`
    const known = inUse.get(key)?.deref()
    if (known) return known
    const bundle = await store.findBundle(organisation, pin.name, pin.version)
    if (!bundle) throw notFound(`layer "${toLayerText(pin)}"`, "its bundle is gone")
    const layer: RuntimeLayer = { key, name: pin.name, version: pin.version, code: bundle.code }
    inUse.set(key, new WeakRef(layer))
    forget.register(layer, key)
    return layer
  }

  return {
    read: (organisation, pins) => Promise.all(pins.map((pin) => readOne(organisation, pin))),
    toSources: (organisation, layers = []) =>
      layers.map(({ key, name, version }) => ({
        fileName: layerScheme + name,
        key,
        read: () => store.findBundle(organisation, name, version),
      })),
  }
}

/** The layers that a version's configuration names. */
export function readPins({ layers = [] }: Pick<VersionConfiguration, "layers">): readonly LayerPin[] {
  return layers.map((text) => {
    const { name, version = 0 } = toLayerReference(text)
    return { name, version }
  })
}
