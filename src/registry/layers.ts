import { FunctionsError } from "../errors/functions-error.ts"
import type { Tell } from "../model/facts.ts"
import type { Bundle } from "../model/function.ts"
import {
  type LayerDeployment,
  type LayerDetails,
  type LayerRecord,
  type LayerUse,
  layerScheme,
  toLayerReference,
} from "../model/layer.ts"
import { checkName } from "../model/name.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { LayerStore } from "../ports/layer-storage.ts"
import type { LoadedModule, Runtime, RuntimeVersion } from "../ports/runtime.ts"
import type { Bundler } from "./bundler.ts"
import { bundleHash } from "./content-hash.ts"
import { loadModule } from "./load-module.ts"
import { notFound } from "./not-found.ts"
import { plainNames } from "./plain-names.ts"
import { toProbeVersion } from "./probe-version.ts"
import { bundleFileName } from "./source-map.ts"
import { readUpload, type UploadInput } from "./upload.ts"

/** What layers need from the rest of the service. */
export interface LayersOptions {
  readonly store: LayerStore
  readonly bundler: Bundler
  /** Where layers are tried and measured. */
  readonly runtime: Runtime
  /** The modules that layers import beside their own: names to code. */
  readonly modules: () => Promise<Readonly<Record<string, string>>>
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
}

/** Code that functions share. */
export interface Layers {
  deploy(organisation: string, input: UploadInput & { readonly name: string }, actor: string): Promise<LayerDeployment>
  /** `name` or `name@version`; `FN_001` where there is none. */
  get(organisation: string, reference: string): Promise<LayerDetails>
  list(organisation: string, page: PageRequest): Promise<Page<LayerRecord>>
  versions(organisation: string, name: string): Promise<readonly LayerRecord[]>
  /** `FN_006` where a version of a function uses it. */
  remove(organisation: string, reference: string, actor: string): Promise<void>
}

/** Creates the layers of a service. */
export function createLayers({ store, bundler, runtime, modules, now, newId, tell }: LayersOptions): Layers {
  let nothing: Promise<LoadedModule> | undefined

  async function load(organisation: string, bundle: Bundle): Promise<LoadedModule> {
    const version = toProbe(organisation, newId(now()), bundle.code)
    try {
      return await loadModule(runtime, version, [
        { fileName: bundleFileName, key: bundle.hash, read: async () => bundle },
      ])
    } finally {
      runtime.forget(version.key)
    }
  }

  /** What it makes a snapshot larger by: a module without any code has one too. */
  async function measure({ snapshotBytes, impurities }: LoadedModule): Promise<number | null> {
    if (snapshotBytes === undefined || impurities.length > 0) return null
    nothing ??= runtime.load(toProbe("inlay", "nothing", ""))
    try {
      return Math.max(0, snapshotBytes - ((await nothing).snapshotBytes ?? 0))
    } catch (error) {
      // It found no room, or no sandbox: the next one asks again.
      nothing = undefined
      throw error
    }
  }

  async function find(organisation: string, reference: string): Promise<LayerRecord> {
    const { name, version } = toLayerReference(reference)
    const layer = await store.find(organisation, name, version)
    if (layer) return layer
    const isKnown = version !== undefined && (await store.find(organisation, name))
    throw notFound(`layer "${reference}"`, isKnown ? "it has no version of this number" : "no layer has this name")
  }

  return {
    async deploy(organisation, { name: rawName, ...input }, actor) {
      const name = checkName("layer", rawName)
      const session = bundler.session(organisation)
      try {
        const files = await readUpload(input)
        // Stacks of functions name the files of a layer by it: `layer:dates/index.ts`.
        const sourcePrefix = `${layerScheme}${name}/`
        const { code, sourceMap, warnings } = await session.bundle(files, { modules: await modules(), sourcePrefix })
        const bundle = { hash: bundleHash(code, sourceMap), code, sourceMap }
        const loaded = await load(organisation, bundle)
        const exports = plainNames(loaded.exports)
        const snapshotBytes = await measure(loaded)
        const createdAt = now()
        const result = await store.commit({ organisation, name, bundle, exports, snapshotBytes, actor, createdAt })
        if (result.added) tell("layer.deployed", result.layer)
        return { ...result.layer, warnings: [...warnings, ...warningsOf(loaded, code)], logs: loaded.logs }
      } finally {
        session.close()
      }
    },

    async get(organisation, reference) {
      const layer = await find(organisation, reference)
      return { ...layer, usedBy: await store.listUses(organisation, layer.name, layer.version) }
    },

    list: (organisation, page) => store.list(organisation, page),

    async versions(organisation, name) {
      const versions = await store.listVersions(organisation, name)
      if (versions.length === 0) throw notFound(`layer "${name.slice(0, 80)}"`, "no layer has this name")
      return versions
    },

    async remove(organisation, reference, actor) {
      const { name, version } = toLayerReference(reference)
      const result = await store.remove(organisation, name, version)
      if (result === "missing") await find(organisation, reference)
      if (result === "used") throw inUse(reference, await store.listUses(organisation, name, version))
      if (result === "removed") tell("layer.removed", { organisation, name, version: version ?? null, actor })
    },
  }
}

/** Of what a function may be given, so that those who give more may use larger layers. */
const probeLimits = { memoryMb: 512, timeoutMs: 30_000, cpuMs: 10_000 }

/** A module that is loaded once, to see what becomes of it. */
function toProbe(organisation: string, id: string, code: string): RuntimeVersion {
  return toProbeVersion({ key: `${organisation}/layer/${id}`, organisation, code }, probeLimits)
}

function warningsOf({ impurities }: LoadedModule, code: string): readonly string[] {
  const warnings: string[] = []
  if (impurities.length > 0) {
    warnings.push(
      `Module code reads the ${impurities.join(" and the ")}, so functions with this layer run their module code again for every call; move that into what the layer exports.`,
    )
  }
  // The bundler's own helper: which names it copies is known only when it runs, and imports are checked before.
  if (/^__reExport\(/m.test(code)) {
    warnings.push('"export *" of a CommonJS module exports nothing; name what is exported: export { a, b } from "…".')
  }
  return warnings
}

const shownFunctions = 5

function inUse(reference: string, uses: readonly LayerUse[]): FunctionsError {
  const byName = new Map<string, number[]>()
  for (const { name, version } of uses) byName.set(name, [...(byName.get(name) ?? []), version])
  const shown = [...byName].slice(0, shownFunctions).map(([name, versions]) => `${name}@${versions.join(", ")}`)
  const more = byName.size > shown.length ? `, and ${byName.size - shown.length} more functions` : ""
  return new FunctionsError(
    "FN_006",
    `Cannot remove layer "${reference}": ${shown.join("; ")}${more} use it, and could be rolled back to; remove the functions first.`,
    { issues: uses.slice(0, 20).map((use) => ({ path: `${use.name}@${use.version}`, message: "uses it" })) },
  )
}
