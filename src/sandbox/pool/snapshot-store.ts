import { sizeOfPages } from "../engine/packed-pages.ts"
import type { PageRuns } from "../engine/snapshot.ts"

const budgetBytes = 64 * 1024 * 1024

/** The version snapshots that threads have built, for the other threads; the least recently used fall out. */
export class SnapshotStore {
  readonly #snapshots: Map<string, PageRuns> = new Map()
  #bytes = 0

  /** The first snapshot of a version is the one that all later images refer to. */
  add(key: string, snapshot: PageRuns): void {
    if (this.#snapshots.has(key)) return
    this.#snapshots.set(key, snapshot)
    this.#bytes += sizeOfPages(snapshot)
  }

  get(key: string): PageRuns | undefined {
    const snapshot = this.#snapshots.get(key)
    if (!snapshot) return undefined
    this.#snapshots.delete(key)
    this.#snapshots.set(key, snapshot)
    return snapshot
  }

  /** Removes what is over the budget; gives the keys. */
  trim(): readonly string[] {
    const keys: string[] = []
    for (const [key, snapshot] of this.#snapshots) {
      if (this.#bytes <= budgetBytes) break
      this.#snapshots.delete(key)
      this.#bytes -= sizeOfPages(snapshot)
      keys.push(key)
    }
    return keys
  }

  /** Removes every version whose key begins so. */
  remove(prefix: string): void {
    for (const [key, snapshot] of this.#snapshots) {
      if (!key.startsWith(prefix)) continue
      this.#bytes -= sizeOfPages(snapshot)
      this.#snapshots.delete(key)
    }
  }
}
