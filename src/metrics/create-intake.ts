import type { MetricSeries } from "../model/metrics.ts"
import type { MetricWindow, SeenSeries } from "../ports/metric-storage.ts"
import { Aggregate } from "./aggregate.ts"
import type { Point } from "./create-windows.ts"
import type { DelayedWindows } from "./delayed-windows.ts"
import type { SeriesBook, SeriesEntry } from "./series.ts"

/** Points as windows, for somebody who stores them together with what he knows of them. */
export interface GatheredPoints {
  readonly windows: readonly MetricWindow[]
  /** Those that the storage may not know yet. */
  readonly series: readonly SeenSeries[]
  /** They are stored: they count in the totals, and their minutes are told. */
  stored(): void
}

/** Sums points up by series and minute; nothing of it counts before `stored` was called. */
export type Intake = (organisation: string, points: readonly Point[]) => GatheredPoints

const minuteMs = 60_000

/** Creates an intake. */
export function createIntake({
  book,
  delayed,
  addTotal,
  now,
  newId,
}: {
  readonly book: SeriesBook
  readonly delayed: DelayedWindows
  readonly addTotal: (series: MetricSeries, value: number) => void
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}): Intake {
  return (organisation, points) => {
    const part = newId(now())
    const entries: SeriesEntry[] = []
    const sums = new Map<string, { readonly entry: SeriesEntry; readonly at: number; readonly aggregate: Aggregate }>()
    for (const { key, dimensions, value, at: time } of points) {
      const entry = book.entryOf(organisation, key, null, dimensions)
      entries.push(entry)
      const at = Math.floor(time / minuteMs) * minuteMs
      const name = `${entry.series.id}/${at}`
      const sum = sums.get(name) ?? { entry, at, aggregate: new Aggregate() }
      sums.set(name, sum)
      sum.aggregate.add(value)
    }
    const { series, stored } = book.toStore(entries)
    return {
      windows: [...sums.values()].map(({ entry, at, aggregate }) => {
        const span = { organisation, seriesId: entry.series.id, resolution: minuteMs, at, part } as const
        return { ...span, ...aggregate.toMoments() }
      }),
      series,
      stored() {
        stored()
        for (const [index, { at, value }] of points.entries()) {
          const entry = entries[index] as SeriesEntry
          addTotal(entry.series, value)
          delayed.add(entry, at, value)
        }
      },
    }
  }
}
