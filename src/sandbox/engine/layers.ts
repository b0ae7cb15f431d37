import type { RuntimeLayer, RuntimeVersion } from "../../ports/runtime.ts"
import type { FeatureName } from "../guest/feature-names.ts"
import type { Engine } from "./engine.ts"
import type { Entered } from "./engine-error.ts"
import { featuresOf } from "./features.ts"
import { exportHead } from "./loading-heads.ts"

/** The name under which bundles are evaluated, and which their stack frames carry. */
const bundleFileName = "bundle.js"

/**
 * Evaluates the layers of a version under the names by which its bundle imports them, and then the bundle: the engine finds
 * a module that it has evaluated before. Gives the error of the first that fails.
 */
export function loadVersion(engine: Engine, version: RuntimeVersion): Entered {
  for (const { name, code } of version.layers ?? []) {
    const error = engine.evaluate(code, `layer:${name}`)
    if (error) return error
  }
  return engine.loadModule(version.code, bundleFileName, exportHead(version))
}

interface SharedLayer {
  readonly layer: RuntimeLayer
  readonly features: readonly FeatureName[]
  users: number
}

/** The layers that the versions of one thread use: however many import a layer, its code is there once, and read once. */
export class SharedLayers {
  readonly #shared: Map<string, SharedLayer> = new Map()

  /** The version with what is there already in place of its own copies, and the features that each layer names. */
  share(version: RuntimeVersion): { version: RuntimeVersion; features: readonly (readonly FeatureName[])[] } {
    if (!version.layers) return { version, features: [] }
    const shared = version.layers.map((layer) => this.#use(layer))
    return {
      version: { ...version, layers: shared.map(({ layer }) => layer) },
      features: shared.map(({ features }) => features),
    }
  }

  /** A version that was shared is gone. */
  release({ layers = [] }: RuntimeVersion): void {
    for (const { key } of layers) {
      const known = this.#shared.get(key)
      if (known && --known.users === 0) this.#shared.delete(key)
    }
  }

  #use(layer: RuntimeLayer): SharedLayer {
    const known = this.#shared.get(layer.key) ?? { layer, features: featuresOf(layer.code), users: 0 }
    known.users++
    this.#shared.set(layer.key, known)
    return known
  }
}
