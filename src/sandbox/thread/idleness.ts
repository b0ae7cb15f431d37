import type { Snapshot } from "../engine/snapshot.ts"
import type { Instances } from "./instances.ts"
import type { VersionCache } from "./version-cache.ts"

/** A thread that has had nothing to do for so long may collect garbage: a call that comes now hardly ever waits for it. */
const momentMs = 5
/** A function that is called more often than this finds its engine and its snapshot where it left them. */
const longMs = 10_000

/** Gives a thread's memory back while it has nothing to do. Its timers hold no process. */
export class Idleness {
  readonly #instances: Instances
  readonly #versions: VersionCache
  readonly #base: () => Snapshot
  /** When it began; undefined while there is something to do. */
  #since: number | undefined
  #moment: NodeJS.Timeout | undefined
  #long: NodeJS.Timeout | undefined

  constructor(instances: Instances, versions: VersionCache, base: () => Snapshot) {
    this.#instances = instances
    this.#versions = versions
    this.#base = base
  }

  /** From now on the thread has nothing to do. */
  begin(): void {
    this.#since = performance.now()
    if (this.#instances.owes) this.#moment = setTimeout(() => this.#instances.collect(), momentMs).unref()
    // One timer serves many calls: it looks when it fires.
    if (!this.#long) this.#watch(longMs)
  }

  /** The thread has something to do again. */
  end(): void {
    this.#since = undefined
    if (this.#moment) clearTimeout(this.#moment)
    this.#moment = undefined
  }

  #watch(ms: number): void {
    this.#long = setTimeout(() => this.#look(), ms).unref()
  }

  #look(): void {
    const left = this.#since === undefined ? longMs : this.#since + longMs - performance.now()
    // Timers are up to a millisecond early.
    if (left > 1) {
      this.#watch(left)
      return
    }
    this.#long = undefined
    this.#versions.trim()
    this.#instances.trim(this.#base())
    this.#instances.collect()
  }
}
