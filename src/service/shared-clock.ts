import type { Storage } from "../ports/storage.ts"

/** The time that all processes on one storage agree on, whatever their own clocks say. */
export interface SharedClock {
  /** Epoch milliseconds. */
  readonly now: () => number
  start(): Promise<void>
  stop(): void
}

/** How often to ask the storage again. */
const everyMs = 30_000
/** Tries at the start, of which the quickest is the most exact. */
const firstTries = 3

/**
 * Creates a clock that has not been started. It takes the time of the storage where that has a clock of its own, and goes
 * on by one that nobody can set; else `now` stands.
 */
export function createSharedClock(options: {
  readonly storage: Pick<Storage, "clock">
  readonly now: () => number
  /** Whether `now` stands in any case. */
  readonly isFixed: boolean
}): SharedClock {
  const { storage, now, isFixed } = options
  /** The shared time at the zero of the clock of `performance`. */
  let origin: number | null = null
  let timer: NodeJS.Timeout | undefined

  /** Null where the storage has no clock. What it says is exact to half of the way there and back. */
  async function measure(): Promise<{ readonly origin: number; readonly error: number } | null> {
    if (!storage.clock) return null
    const sentAt = performance.now()
    const time = await storage.clock()
    const error = (performance.now() - sentAt) / 2
    return { origin: time - (sentAt + error), error }
  }

  async function correct(): Promise<void> {
    try {
      const measured = await measure()
      // A slow answer that fits to what is known makes it no better.
      if (measured && origin !== null && Math.abs(measured.origin - origin) > measured.error) origin = measured.origin
    } catch {
      // Whoever works with the storage tells of it.
    }
  }

  return {
    now: () => (origin === null ? now() : Math.round(origin + performance.now())),
    async start() {
      if (isFixed) return
      let best = Number.POSITIVE_INFINITY
      for (let tries = 0; tries < firstTries; tries++) {
        const measured = await measure()
        if (measured === null) return
        if (measured.error >= best) continue
        best = measured.error
        origin = measured.origin
      }
      timer = setInterval(correct, everyMs).unref()
    },
    stop: () => clearInterval(timer),
  }
}
