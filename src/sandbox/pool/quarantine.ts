/** The second kill keeps a version out for this long, each further one for twice as long. */
const firstPauseMs = 1000
const maxPauseMs = 300_000
/** A version whose calls cost no thread for so long is like any other again. */
const forgivenAfterMs = 600_000
/** What is remembered; beyond it the version whose last kill is the longest ago is forgotten. */
const maxVersions = 10_000

interface Entry {
  readonly kills: number
  readonly lastKillAt: number
  readonly refusedUntil: number
}

/** Which versions have cost a thread: they run apart from the others, and the oftener they do it, the seldomer. */
export class Quarantine {
  readonly #now: () => number
  readonly #entries: Map<string, Entry> = new Map()

  constructor(now: () => number) {
    this.#now = now
  }

  /** A call of the version had to be ended with its thread. */
  add(key: string): void {
    const now = this.#now()
    const known = this.#find(key)
    const kills = (known?.kills ?? 0) + 1
    // Calls that had been accepted before the pause may each cost a thread: they are one offence.
    if (known && now < known.refusedUntil) return
    const pauseMs = kills === 1 ? 0 : Math.min(maxPauseMs, firstPauseMs * 2 ** (kills - 2))
    this.#entries.delete(key)
    this.#entries.set(key, { kills, lastKillAt: now, refusedUntil: now + pauseMs })
    if (this.#entries.size <= maxVersions) return
    for (const oldest of this.#entries.keys()) return void this.#entries.delete(oldest)
  }

  /** Whether calls of the version run apart. */
  has(key: string): boolean {
    return this.#entries.size > 0 && this.#find(key) !== undefined
  }

  /** For how long calls of the version are refused. */
  refusedForMs(key: string): number {
    if (this.#entries.size === 0) return 0
    return Math.max(0, (this.#find(key)?.refusedUntil ?? 0) - this.#now())
  }

  #find(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (!entry || this.#now() - entry.lastKillAt <= forgivenAfterMs) return entry
    this.#entries.delete(key)
    return undefined
  }
}
