import type { RuntimeVersion } from "../../ports/runtime.ts"
import { featuresOf, uniteFeatures } from "../engine/features.ts"
import { SharedLayers } from "../engine/layers.ts"
import { compose } from "../engine/packed-pages.ts"
import type { PageRuns, Snapshot } from "../engine/snapshot.ts"
import type { FeatureName } from "../guest/feature-names.ts"

/** How much a thread keeps put together; what falls out is put together again when it is needed. */
const composedBudgetBytes = 16 * 1024 * 1024
/** What was not needed for so long is dropped when another is put together. */
const keptMs = 10_000

/** What a thread knows of one version. */
export interface CachedVersion {
  readonly version: RuntimeVersion
  /** The heavier web APIs that its bundle and its layers name. */
  readonly features: readonly FeatureName[]
  difference: PageRuns | undefined
  evaluatesPerCall: boolean
}

interface Composed {
  readonly snapshot: Snapshot
  usedAt: number
}

/** A thread's versions, and the snapshots of those that it called last. */
export class VersionCache {
  readonly #versions: Map<string, CachedVersion> = new Map()
  readonly #layers: SharedLayers = new SharedLayers()
  /** The one that was used last at the end. */
  readonly #composed: Map<string, Composed> = new Map()
  readonly #now: () => number
  #composedBytes = 0

  /** `now` counts milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** What the snapshots that are put together take. */
  get composedBytes(): number {
    return this.#composedBytes
  }

  /** Adds or replaces a version, with its snapshot where another thread has built it. */
  add(version: RuntimeVersion, difference: PageRuns | undefined): void {
    const { key, code, evaluatesPerCall } = version
    const known = this.#versions.get(key)
    const shared = this.#layers.share(version)
    const features = uniteFeatures(featuresOf(code), ...shared.features)
    this.#versions.set(key, { version: shared.version, features, difference, evaluatesPerCall })
    if (known) this.#layers.release(known.version)
  }

  /** The version of a key that the pool has announced. */
  get(key: string): CachedVersion {
    const cached = this.#versions.get(key)
    if (!cached) throw new Error(`Cannot find version "${key}" in this sandbox thread.`)
    return cached
  }

  /** Keeps what a version's snapshot differs in from the base. */
  keep(key: string, difference: PageRuns): void {
    const cached = this.#versions.get(key)
    if (cached) cached.difference = difference
  }

  /** From now on the version's module runs for every call. */
  markImpure(key: string): void {
    const cached = this.#versions.get(key)
    if (cached) cached.evaluatesPerCall = true
  }

  /** Forgets a version. */
  remove(key: string): void {
    const known = this.#versions.get(key)
    if (!known) return
    this.#versions.delete(key)
    this.#layers.release(known.version)
    if (known.difference) this.#dropComposed(known.difference.id)
  }

  /** The whole snapshot, ready to be written back. */
  snapshotOf(base: Snapshot, difference: PageRuns): Snapshot {
    const { id } = difference
    const usedAt = this.#now()
    const known = this.#composed.get(id)
    if (known) {
      known.usedAt = usedAt
      this.#composed.delete(id)
      this.#composed.set(id, known)
      return known.snapshot
    }
    const snapshot = compose(base, difference)
    this.#composed.set(id, { snapshot, usedAt })
    this.#composedBytes += sizeOf(snapshot)
    for (const [oldest, { usedAt: lastUsedAt }] of this.#composed) {
      const isWanted = this.#composedBytes <= composedBudgetBytes && usedAt - lastUsedAt < keptMs
      if (isWanted || oldest === id) break
      this.#dropComposed(oldest)
    }
    return snapshot
  }

  /** The thread has had nothing to do for long: what is put together goes. */
  trim(): void {
    for (const id of [...this.#composed.keys()]) this.#dropComposed(id)
  }

  #dropComposed(id: string): void {
    const composed = this.#composed.get(id)
    if (!composed) return
    this.#composed.delete(id)
    this.#composedBytes -= sizeOf(composed.snapshot)
  }
}

function sizeOf(snapshot: Snapshot): number {
  return snapshot.own ? snapshot.own.bytes.length + snapshot.own.offsets.byteLength : 0
}
