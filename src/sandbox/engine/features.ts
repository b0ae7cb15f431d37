import { type FeatureName, featureGlobals } from "../guest/feature-names.ts"
import type { Engine } from "./engine.ts"
import type { Instance } from "./instance.ts"
import type { PageRuns, Snapshot } from "./snapshot.ts"

/** What has a body: a name, or what was waited for. */
const streamHolder = "(?:[\\w$.]+|\\(\\s*await\\s[^;{}]{1,200}\\))"

/** By what code uses a feature without naming one of its globals: members, and more of the code where these are common words. */
const memberNames: Readonly<Record<FeatureName, readonly string[]>> = {
  blobs: ["blob", "formData"],
  messages: [],
  intl: [
    "localeCompare",
    "toLocaleDateString",
    "toLocaleLowerCase",
    "toLocaleString",
    "toLocaleTimeString",
    "toLocaleUpperCase",
  ],
  subtle: ["subtle"],
  compression: [],
  streams: [
    "getReader",
    "getWriter",
    "pipeThrough",
    "pipeTo",
    "stream\\(\\)",
    ...["of\\s+", "Response\\(\\s*", "body:\\s*"].map((before) => `${before}${streamHolder}\\.body`),
  ],
  urlpattern: [],
}

const names = Object.keys(featureGlobals) as FeatureName[]
const patterns = names.map((name) => {
  const words = [...featureGlobals[name], ...memberNames[name]].join("|")
  return [name, new RegExp(`(?<![\\w$])(?:${words})(?![\\w$])`)] as const
})

/** The heavier web APIs that a script names. Those that it reaches without a name are loaded by the call. */
export function featuresOf(code: string): readonly FeatureName[] {
  return patterns.filter(([, pattern]) => pattern.test(code)).map(([name]) => name)
}

/** All features of several lists, in the one order that names a base. */
export function uniteFeatures(...lists: readonly (readonly FeatureName[])[]): readonly FeatureName[] {
  return names.filter((name) => lists.some((list) => list.includes(name)))
}

/** The features' scripts in one thread, and the bases with features that it has built. */
export class Features {
  readonly #scripts: Readonly<Record<string, string>>
  /** What each set of features differs in from the plain base. */
  readonly #bases: Map<string, PageRuns> = new Map()

  constructor(scripts: Readonly<Record<string, string>>) {
    this.#scripts = scripts
  }

  /** Evaluates the feature that the guest asks for, in its present state. Throws where it cannot; `name` is hostile. */
  load(engine: Engine, name: string | undefined): void {
    const feature = names.find((known) => `"${known}"` === name)
    if (!feature) throw new Error("Cannot load a feature that is not there.")
    const error = engine.evaluate(this.#scripts[feature] ?? "", `inlay:${feature}`)
    if (error) throw new Error(`Cannot load the feature "${feature}": ${error.name}: ${error.message}`)
  }

  /** The base with these features, built in the instance where it is new; undefined for none: the plain base. */
  baseWith(features: readonly FeatureName[], instance: Instance, plain: Snapshot): PageRuns | undefined {
    if (features.length === 0) return undefined
    const key = features.join(" ")
    const known = this.#bases.get(key)
    if (known) return known
    instance.restore(instance.owner ?? "", plain)
    for (const name of features) {
      const error = instance.engine.dispatch("feature", JSON.stringify({ name }))
      if (error) throw new Error(`Cannot load the feature "${name}": ${error.name}: ${error.message}`)
    }
    const built = instance.capture()
    this.#bases.set(key, built)
    return built
  }
}
