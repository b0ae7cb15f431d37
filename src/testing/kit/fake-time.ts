import type { WakeAfter } from "../../util/wake-after.ts"

/** A time that is moved by hand, and those who want to be woken at one. */
export interface FakeTime {
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  /** Moves it; wakes nobody. */
  set(ms: number): void
  /** When the next one wants to be woken; infinity where nobody does. */
  nextAt(): number
  /** Takes out who is to be woken next, if that one's time has come: first who is due first, then who asked first. */
  takeDue(): (() => unknown) | undefined
}

interface Sleeper {
  readonly at: number
  readonly callback: () => unknown
}

/** Creates a time that stands at `startMs`. */
export function createFakeTime(startMs: number): FakeTime {
  let nowMs = startMs
  const sleepers = new Set<Sleeper>()

  function first(): Sleeper | undefined {
    let found: Sleeper | undefined
    for (const sleeper of sleepers) if (!found || sleeper.at < found.at) found = sleeper
    return found
  }

  return {
    now: () => nowMs,
    wakeAfter(ms, callback) {
      const sleeper = { at: nowMs + Math.ceil(Math.max(0, ms)), callback }
      sleepers.add(sleeper)
      return () => void sleepers.delete(sleeper)
    },
    set(ms) {
      nowMs = ms
    },
    nextAt: () => first()?.at ?? Number.POSITIVE_INFINITY,
    takeDue() {
      const sleeper = first()
      if (!sleeper || sleeper.at > nowMs) return undefined
      sleepers.delete(sleeper)
      return sleeper.callback
    },
  }
}
