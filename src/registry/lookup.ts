import { FunctionsError } from "../errors/functions-error.ts"
import type { Environment, Network, VersionConfiguration } from "../model/configuration.ts"
import type { Bundle, FunctionRecord, VersionRecord } from "../model/function.ts"
import { type FunctionReference, toFunctionReference } from "../model/name.ts"
import type { QueueControl } from "../model/queue-control.ts"
import type { Retry } from "../model/retry.ts"
import type { RuntimeLayer, RuntimeVersion } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import { didYouMean, nearest } from "../util/nearest.ts"
import { type LayerCode, readPins } from "./layer-code.ts"
import { notFound } from "./not-found.ts"

/** Everything that a call must know of its function. */
export interface ResolvedFunction {
  readonly functionId: string
  readonly name: string
  readonly number: number
  readonly contentHash: string
  readonly environment: Environment
  readonly version: RuntimeVersion
  /** Calls that may be under way at once, where the configuration says it. */
  readonly concurrency: number | undefined
  readonly network: Network | undefined
  readonly retry: Retry | undefined
  /** The functions that its output goes through. */
  readonly chain: readonly string[] | undefined
  readonly queue: QueueControl | undefined
  /** Where it is more than 0, the version is loaded ahead of its first call. */
  readonly minInstances: number
  /** Names the bundle's source map. */
  readonly bundleHash: string
}

/** Finds the version that a name means now; asks the storage once, not for every call. */
export interface Lookup {
  /** `FN_001` where the function, the version or the alias does not exist. */
  resolve(organisation: string, name: string): ResolvedFunction | Promise<ResolvedFunction>
  /** The function's record; `FN_001` where there is none, naming a near name of the organisation. */
  find(organisation: string, name: string): Promise<FunctionRecord>
  /** What was found for this organisation may have changed. */
  invalidate(organisation: string): void
}

/** After this long an answer is checked against the storage, beside the call that uses it: other replicas deploy too. */
const freshMs = 1000
const staleMs = 10_000
const maxCached = 2000
/** Names among which the one is looked for that was meant. */
const maxSearched = 1000

interface Cached {
  readonly resolved: ResolvedFunction
  checkedAt: number
}

/** Creates a lookup. */
export function createLookup(options: {
  readonly store: FunctionStore
  readonly layerCode: LayerCode
  readonly now: () => number
  readonly onError: (error: unknown, context: { readonly stage: "lookup" }) => void
}): Lookup {
  const { store, layerCode, now, onError } = options
  const cache = new Map<string, Map<string, Cached>>()
  /** What is being read, so that calls that come at once ask once. */
  const loading = new WeakMap<ReadonlyMap<string, Cached>, Map<string, Promise<ResolvedFunction>>>()

  function read(organisation: string, target: string): Promise<FunctionRecord | null> {
    return /^[0-9]/.test(target) ? store.findById(organisation, target) : store.findByName(organisation, target)
  }

  async function find(organisation: string, target: string): Promise<FunctionRecord> {
    const record = await read(organisation, target)
    if (record) return record
    const { items } = await store.list(organisation, { limit: maxSearched })
    const names = items.map(({ name }) => name)
    throw noFunction(target, nearest(target, names))
  }

  async function load(organisation: string, name: string, known: Cached | undefined): Promise<ResolvedFunction> {
    const reference = toFunctionReference(name)
    const record = await read(organisation, reference.target)
    if (!record) throw noFunction(reference.target)
    const number = await numberOf(store, record, reference)
    const version = await store.findVersion(organisation, record.id, number)
    if (!version) throw notFound(`version ${number} of function "${record.name}"`, "it has no version of this number")
    const key = versionKey(record, version)
    if (known?.resolved.version.key === key) return toResolved(record, version, toBundle(known.resolved))
    const bundle = await store.findBundle(organisation, record.id, number)
    if (!bundle) throw notFound(`version ${number} of function "${record.name}"`, "its bundle is gone")
    const layers = await layerCode.read(organisation, readPins(version.configuration))
    return toResolved(record, version, { ...bundle, layers })
  }

  /** Only what began after the last invalidation is kept: each one takes the names away, and the next look begins new ones. */
  function refresh(organisation: string, name: string): Promise<ResolvedFunction> {
    const names = cache.get(organisation) ?? new Map<string, Cached>()
    cache.set(organisation, names)
    const underWay = loading.get(names) ?? new Map<string, Promise<ResolvedFunction>>()
    loading.set(names, underWay)
    const resolving = underWay.get(name) ?? keep(organisation, name, names).finally(() => underWay.delete(name))
    underWay.set(name, resolving)
    return resolving
  }

  async function keep(organisation: string, name: string, names: Map<string, Cached>): Promise<ResolvedFunction> {
    try {
      const resolved = await load(organisation, name, names.get(name))
      names.delete(name)
      names.set(name, { resolved, checkedAt: now() })
      trim(cache)
      return resolved
    } catch (error) {
      if (isMissing(error)) names.delete(name)
      if (names.size === 0 && cache.get(organisation) === names) cache.delete(organisation)
      throw error
    }
  }

  return {
    find,
    resolve(organisation, name) {
      const cached = cache.get(organisation)?.get(name)
      if (!cached) return refresh(organisation, name)
      const ageMs = now() - cached.checkedAt
      // Long unused: what other replicas did meanwhile must not wait for the call after this one.
      if (ageMs > staleMs) return refresh(organisation, name)
      if (ageMs > freshMs) {
        cached.checkedAt = now()
        refresh(organisation, name).catch((error) => {
          // A storage that fails for a while must not take away what is known.
          if (!isMissing(error)) onError(error, { stage: "lookup" })
        })
      }
      return cached.resolved
    },
    invalidate(organisation) {
      cache.delete(organisation)
    },
  }
}

/** Names a version for the sandbox's caches: by its content, so that loading it before it is stored already fills them. */
export function toRuntimeVersion(options: {
  readonly organisation: string
  readonly contentHash: string
  readonly code: string
  readonly layers: readonly RuntimeLayer[]
  readonly configuration: VersionConfiguration
  readonly kind: "http" | "event"
  readonly evaluatesPerCall: boolean
}): RuntimeVersion {
  const { organisation, contentHash, code, layers, configuration, kind, evaluatesPerCall } = options
  const { reuse = false } = configuration
  return {
    key: `${organisation}/${contentHash}/${kind}`,
    organisation,
    runtime: configuration.runtime,
    code,
    ...(layers.length > 0 && { layers }),
    exportName: exportNameOf(configuration.handler),
    kind,
    evaluatesPerCall,
    memoryMb: configuration.memory,
    timeoutMs: configuration.timeout * 1000,
    cpuMs: configuration.cpu * 1000,
    ...(reuse && { maxInstances: placesOf(configuration) ?? defaultInstances }),
  }
}

/** The shape of call: what the configuration says, else `http` for a `fetch` object or a function with a route. */
export function kindOf(options: {
  readonly configuration: VersionConfiguration
  readonly hasFetch: boolean
  readonly triggers: FunctionRecord["triggers"]
}): "http" | "event" {
  if (options.configuration.kind) return options.configuration.kind
  return options.hasFetch || options.triggers.some((trigger) => trigger.type === "http") ? "http" : "event"
}

/** Whether calls over HTTP are refused. */
export function isInternal(network: Network | undefined): boolean {
  return network?.internal === true || network?.ingress === "internal"
}

type BundleCode = Pick<Bundle, "hash" | "code"> & { readonly layers: readonly RuntimeLayer[] }

function noFunction(target: string, near?: string): FunctionsError {
  const why = "no function has this name or id"
  return new FunctionsError("FN_001", `Cannot find function "${shown(target)}": ${why}${didYouMean(near)}.`)
}

/** What a function with `reuse` may have where its configuration bounds neither instances nor calls at once. */
const defaultInstances = 1000

function toResolved(
  record: FunctionRecord,
  version: VersionRecord,
  { hash, code, layers }: BundleCode,
): ResolvedFunction {
  const { organisation } = record
  const { contentHash, configuration, evaluatesPerCall } = version
  const { scaling = {} } = configuration
  const kind = kindOf({ configuration, hasFetch: version.kind === "http", triggers: record.triggers })
  return {
    functionId: record.id,
    name: record.name,
    number: version.number,
    contentHash,
    environment: record.environment,
    version: toRuntimeVersion({ organisation, contentHash, code, layers, configuration, kind, evaluatesPerCall }),
    concurrency: placesOf(configuration),
    minInstances: scaling.prewarm ?? scaling.min ?? scaling.minInstances ?? 0,
    network: configuration.network,
    retry: configuration.retry,
    chain: configuration.chain,
    queue: configuration.queue,
    bundleHash: hash,
  }
}

/** Calls at once: where each has an instance that is kept, as many as there may be of these. */
function placesOf(configuration: VersionConfiguration): number | undefined {
  const { reuse = false, scaling = {}, concurrency = scaling.concurrency } = configuration
  const instances = reuse ? maxInstancesOf(configuration) : undefined
  return instances === undefined ? concurrency : Math.min(instances, concurrency ?? instances)
}

function maxInstancesOf({ scaling = {} }: VersionConfiguration): number | undefined {
  const instances = scaling.max ?? scaling.maxInstances
  return instances === undefined ? undefined : Math.max(1, instances)
}

function toBundle({ bundleHash, version }: ResolvedFunction): BundleCode {
  return { hash: bundleHash, code: version.code, layers: version.layers ?? [] }
}

function isMissing(error: unknown): boolean {
  return error instanceof FunctionsError && error.code === "FN_001"
}

function versionKey(record: FunctionRecord, version: VersionRecord): string {
  return toResolved(record, version, { hash: "", code: "", layers: [] }).version.key
}

async function numberOf(store: FunctionStore, record: FunctionRecord, reference: FunctionReference): Promise<number> {
  const { organisation, id, name, activeVersion } = record
  if (reference.version !== undefined) return reference.version
  if (reference.alias !== undefined) {
    const alias = await store.findAlias(organisation, id, reference.alias)
    if (!alias) throw notFound(`alias "${reference.alias}" of function "${name}"`, "it has no such alias")
    return alias.version
  }
  if (activeVersion === null) throw notFound(`a version of function "${name}"`, "no code was deployed to it yet")
  return activeVersion
}

function exportNameOf(handler: string | undefined): string {
  return handler?.slice(handler.lastIndexOf(".") + 1) ?? "default"
}

function shown(target: string): string {
  return target.slice(0, 80)
}

function trim(cache: Map<string, Map<string, Cached>>): void {
  let size = 0
  for (const names of cache.values()) size += names.size
  for (const [organisation, names] of cache) {
    if (size <= maxCached) return
    cache.delete(organisation)
    size -= names.size
  }
}
