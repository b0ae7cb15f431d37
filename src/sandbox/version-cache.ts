import type { RuntimeVersion } from "../ports/runtime.ts"
import { type PageRuns, toPrivateRuns } from "./snapshot.ts"

/** How much a thread keeps in its own memory; what falls out stays in shared memory, where restoring takes longer. */
const privateBudgetBytes = 32 * 1024 * 1024

/** What a thread knows of one version. */
export interface CachedVersion {
  readonly version: RuntimeVersion
  snapshot: PageRuns | undefined
  evaluatesPerCall: boolean
}

/** A thread's versions and their snapshots. */
export class VersionCache {
  readonly #versions: Map<string, CachedVersion> = new Map()
  readonly #private: Set<CachedVersion> = new Set()
  #privateBytes = 0

  /** Adds or replaces a version, with its snapshot where another thread has built it. */
  add(version: RuntimeVersion, snapshot: PageRuns | undefined): void {
    this.remove(version.key)
    this.#versions.set(version.key, { version, snapshot, evaluatesPerCall: version.evaluatesPerCall })
  }

  /** The version of a key that the pool has announced. */
  get(key: string): CachedVersion {
    const cached = this.#versions.get(key)
    if (!cached) throw new Error(`Cannot find version "${key}" in this sandbox thread.`)
    if (cached.snapshot && !cached.snapshot.shared) this.#makePrivate(cached)
    return cached
  }

  /** Keeps a snapshot that this thread has built; gives the copy to restore from. */
  keep(key: string, snapshot: PageRuns): PageRuns {
    const cached = this.#versions.get(key)
    if (!cached) return snapshot
    cached.snapshot = snapshot
    this.#makePrivate(cached)
    return cached.snapshot
  }

  /** From now on the version's module runs for every call. */
  markImpure(key: string): void {
    const cached = this.#versions.get(key)
    if (cached) cached.evaluatesPerCall = true
  }

  /** Forgets a version. */
  remove(key: string): void {
    const cached = this.#versions.get(key)
    if (!cached) return
    this.#versions.delete(key)
    if (this.#private.delete(cached)) this.#privateBytes -= cached.snapshot?.bytes.length ?? 0
  }

  #makePrivate(cached: CachedVersion): void {
    if (!cached.snapshot) return
    cached.snapshot = toPrivateRuns(cached.snapshot)
    this.#private.add(cached)
    this.#privateBytes += cached.snapshot.bytes.length
    for (const oldest of this.#private) {
      if (this.#privateBytes <= privateBudgetBytes || oldest === cached) break
      this.#private.delete(oldest)
      this.#privateBytes -= oldest.snapshot?.bytes.length ?? 0
      if (oldest.snapshot?.shared) oldest.snapshot = oldest.snapshot.shared
    }
  }
}
