import type { ThreadHandle } from "./thread-handle.ts"

/** Threads that one stretch has occupied for long, and whose it is. */
export class HeldUpThreads {
  readonly #owners: Map<ThreadHandle, string> = new Map()

  add(thread: ThreadHandle, organisation: string): void {
    this.#owners.set(thread, organisation)
  }

  delete(thread: ThreadHandle): void {
    this.#owners.delete(thread)
  }

  has(thread: ThreadHandle): boolean {
    return this.#owners.has(thread)
  }

  /** How many threads an organisation holds up. */
  countOf(organisation: string): number {
    if (this.#owners.size === 0) return 0
    let count = 0
    for (const owner of this.#owners.values()) if (owner === organisation) count++
    return count
  }
}
