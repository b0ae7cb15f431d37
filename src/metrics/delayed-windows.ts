import type { Tell } from "../model/facts.ts"
import { createBreather } from "../util/breather.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { Aggregate } from "./aggregate.ts"
import type { SeriesEntry } from "./series.ts"

/** Minutes of values that are stored by somebody else, and told some time after they are over. */
export interface DelayedWindows {
  /** What comes after its minute was told is passed over. */
  add(entry: SeriesEntry, at: number, value: number): void
  /** Tells nothing any more. */
  close(): void
}

const minuteMs = 60_000

/** Creates them. Nothing is armed while nothing comes. */
export function createDelayedWindows({
  graceMs,
  now,
  wakeAfter,
  tell,
}: {
  /** How long after the end of a minute its values may come, in milliseconds. */
  readonly graceMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly tell: Tell
}): DelayedWindows {
  const minutes = new Map<number, Map<SeriesEntry, Aggregate>>()
  let telling: Promise<void> = Promise.resolve()
  let disarm: (() => void) | undefined
  let isClosed = false

  function arm(): void {
    disarm?.()
    disarm = undefined
    if (minutes.size === 0 || isClosed) return
    disarm = wakeAfter(Math.max(0, endOf(Math.min(...minutes.keys())) - now()), tellEnded)
  }

  const endOf = (at: number) => at + minuteMs + graceMs

  function tellEnded(): Promise<void> {
    const ended = [...minutes].filter(([at]) => endOf(at) <= now()).sort(([a], [b]) => a - b)
    for (const [at] of ended) minutes.delete(at)
    arm()
    telling = telling.then(async () => {
      for (const [at, series] of ended) await tellMinute(at, series)
    })
    return telling
  }

  async function tellMinute(at: number, aggregates: ReadonlyMap<SeriesEntry, Aggregate>): Promise<void> {
    const breathe = createBreather()
    for (const [{ series }, aggregate] of aggregates) {
      if (isClosed) return
      const { organisation, key, functionId, dimensions } = series
      const endsAt = at + minuteMs
      tell("window.closed", { organisation, key, functionId, dimensions, at, endsAt, ...aggregate.toFigures() })
      await breathe()
    }
  }

  return {
    add(entry, time, value) {
      const at = Math.floor(time / minuteMs) * minuteMs
      if (isClosed || endOf(at) <= now()) return
      const known = minutes.get(at)
      const series = known ?? new Map<SeriesEntry, Aggregate>()
      const aggregate = series.get(entry) ?? new Aggregate()
      series.set(entry, aggregate)
      aggregate.add(value)
      if (known) return
      minutes.set(at, series)
      arm()
    },
    close() {
      isClosed = true
      disarm?.()
      minutes.clear()
    },
  }
}
