import type { Tell } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { MetricSeries } from "../model/metrics.ts"
import type { MetricMinute, MetricStore, MetricWindow } from "../ports/metric-storage.ts"
import { createBreather } from "../util/breather.ts"
import { type BatchesOptions, createBatches } from "../util/create-batches.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { Aggregate } from "./aggregate.ts"
import { FunctionWindow } from "./function-window.ts"
import type { SeriesBook, SeriesEntry } from "./series.ts"

/** Options of `createWindows`. */
export interface WindowsOptions extends Pick<BatchesOptions<unknown>, "now" | "onError" | "flushAfterMs"> {
  readonly store: Pick<MetricStore, "insert">
  readonly wakeAfter: WakeAfter
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
  readonly book: SeriesBook
}

/** A value of one series. */
export interface Point {
  readonly key: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly value: number
  /** Epoch milliseconds. */
  readonly at: number
}

/** The function that a value is about; null where the host measured it. */
export type PointSource = Pick<InvocationRecord, "functionId" | "name">

/** What one minute of one series has come to so far, and the storage may not have yet. */
export interface OpenWindow {
  readonly series: MetricSeries
  readonly at: number
  readonly part: string
  addTo(aggregate: Aggregate): void
}

/** Sums values up in windows of a minute, and writes these down when the minute is over. */
export interface Windows {
  /** A call has ended, and counts in the minute in which it did. */
  addCall(invocation: InvocationRecord): void
  /** A call was refused. */
  addThrottled(organisation: string, source: PointSource, at: number): void
  /** Answers the series that the value went to. */
  add(organisation: string, source: PointSource | null, point: Point): MetricSeries
  /** What has not been written for certain of series with these keys. */
  open(organisation: string, keys: ReadonlySet<string>): readonly OpenWindow[]
  /** What the functions of all organisations have measured in a minute that is not over, in this process, of series with this key. */
  present(at: number, key: string): Iterable<MetricMinute>
  /** Writes the minutes that are over; what cannot be written is tried again later. */
  flush(): Promise<void>
  /** Writes what waits and what the present minute has come to. */
  close(): Promise<void>
}

interface Minute {
  readonly at: number
  /** What is written of it is told from what comes later, or from other processes, by this id. */
  readonly part: string
  /** By organisation and id of the function. */
  readonly functions: Map<string, Map<string, FunctionWindow>>
  readonly others: Map<SeriesEntry, Aggregate>
}

type Entry = readonly [entry: SeriesEntry, aggregate: Aggregate]

interface Written {
  readonly window: MetricWindow
  readonly entry: SeriesEntry
}

const minuteMs = 60_000
/** Calls that ended in a minute are handed in a little later. */
const graceMs = 1000

/** Creates them. Nothing is armed while nothing is measured. */
export function createWindows(options: WindowsOptions): Windows {
  const { store, now, wakeAfter, newId, tell, book } = options
  const batches = createBatches<Written>({ ...options, write, noun: "metrics" })
  const minutes = new Map<number, Minute>()
  /** Being written just now, oldest first. */
  let closing: readonly Minute[] = []
  let closingAll: Promise<void> = Promise.resolve()
  let latest: Minute | undefined
  let toldTo = Number.NEGATIVE_INFINITY
  let disarm: (() => void) | undefined
  let isClosed = false

  async function write(written: readonly Written[]): Promise<void> {
    const { series, stored } = book.toStore(written.map(({ entry }) => entry))
    await store.insert(
      written.map(({ window }) => window),
      series,
    )
    stored()
  }

  function minuteOf(time: number): Minute {
    const at = Math.floor(time / minuteMs) * minuteMs
    if (latest?.at === at) return latest
    const known = minutes.get(at)
    const minute = known ?? { at, part: newId(now()), functions: new Map(), others: new Map() }
    if (!known) {
      minutes.set(at, minute)
      arm()
    }
    latest = minute
    return minute
  }

  function functionWindow(organisation: string, { functionId, name }: PointSource, time: number): FunctionWindow {
    const { functions } = minuteOf(time)
    const ofOrganisation = functions.get(organisation) ?? new Map<string, FunctionWindow>()
    const known = ofOrganisation.get(functionId)
    if (known) return known
    const window = new FunctionWindow(name)
    functions.set(organisation, ofOrganisation.set(functionId, window))
    return window
  }

  function arm(): void {
    disarm?.()
    disarm = undefined
    if (minutes.size === 0 || isClosed) return
    const endsAt = Math.min(...minutes.keys()) + minuteMs + graceMs
    disarm = wakeAfter(Math.max(0, endsAt - now()), () => closeUpTo(now() - graceMs))
  }

  /** Closes the minutes that have ended by then. */
  function closeUpTo(end: number): Promise<void> {
    const ended = [...minutes.values()].filter(({ at }) => at + minuteMs <= end).sort((a, b) => a.at - b.at)
    for (const { at } of ended) minutes.delete(at)
    if (latest && !minutes.has(latest.at)) latest = undefined
    closing = [...closing, ...ended]
    arm()
    closingAll = closingAll.then(async () => {
      for (const minute of ended) await closeMinute(minute)
      closing = closing.filter((minute) => !ended.includes(minute))
    })
    return closingAll
  }

  async function closeMinute(minute: Minute): Promise<void> {
    const { at, part } = minute
    const isTold = !isClosed && at > toldTo
    if (isTold) toldTo = at
    const breathe = createBreather()
    for (const taken of takeAll(minute)) {
      for (const [entry, aggregate] of taken) {
        const { organisation, id: seriesId, key, functionId, dimensions } = entry.series
        const window = { organisation, seriesId, resolution: minuteMs, at, part, ...aggregate.toMoments() } as const
        batches.add({ window, entry })
        if (isTold) {
          const endsAt = at + minuteMs
          tell("window.closed", { organisation, key, functionId, dimensions, at, endsAt, ...aggregate.toFigures() })
        }
      }
      await breathe()
    }
  }

  /** What a minute has, in pieces; it has a piece no more once that was given. */
  function* takeAll({ functions, others }: Minute): Generator<readonly Entry[]> {
    for (const [organisation, ofOrganisation] of functions) {
      for (const [functionId, window] of ofOrganisation) {
        ofOrganisation.delete(functionId)
        yield entriesOf(organisation, functionId, window)
      }
    }
    for (const [entry, aggregate] of others) {
      others.delete(entry)
      yield [[entry, aggregate]]
    }
  }

  function entriesOf(
    organisation: string,
    functionId: string,
    window: FunctionWindow,
    keys?: ReadonlySet<string>,
  ): readonly Entry[] {
    const measured = window.aggregates()
    const wanted = keys ? measured.filter(([key]) => keys.has(key)) : measured
    return wanted.map(([key, aggregate]) => {
      const entry = book.entryOf(organisation, key, functionId, { function: window.name })
      return [entry, aggregate] as const
    })
  }

  return {
    addCall(invocation) {
      if (isClosed) return
      functionWindow(invocation.organisation, invocation, invocation.endedAt).addCall(invocation)
    },
    addThrottled(organisation, source, at) {
      if (!isClosed) functionWindow(organisation, source, at).addThrottled()
    },
    add(organisation, source, { key, dimensions, value, at }) {
      const all = source ? { ...dimensions, function: source.name } : dimensions
      const entry = book.entryOf(organisation, key, source?.functionId ?? null, all)
      if (isClosed) return entry.series
      const { others } = minuteOf(at)
      const aggregate = others.get(entry) ?? new Aggregate()
      others.set(entry, aggregate)
      aggregate.add(value)
      return entry.series
    },
    open(organisation, keys) {
      const found: OpenWindow[] = []
      for (const { window, entry } of batches.waiting()) {
        if (window.organisation !== organisation || !keys.has(entry.series.key)) continue
        const { at, part } = window
        found.push({ series: entry.series, at, part, addTo: (aggregate) => aggregate.mergeMoments(window) })
      }
      for (const { at, part, functions, others } of [...closing, ...minutes.values()]) {
        const add = (entry: SeriesEntry, open: Aggregate) =>
          found.push({ series: entry.series, at, part, addTo: (aggregate) => aggregate.merge(open) })
        for (const [functionId, window] of functions.get(organisation) ?? []) {
          for (const [entry, aggregate] of entriesOf(organisation, functionId, window, keys)) add(entry, aggregate)
        }
        for (const [entry, aggregate] of others) {
          const { series } = entry
          if (series.organisation === organisation && keys.has(series.key)) add(entry, aggregate)
        }
      }
      return found
    },
    *present(at, key) {
      const keys = new Set([key])
      for (const [organisation, ofOrganisation] of minutes.get(at)?.functions ?? []) {
        for (const [functionId, window] of ofOrganisation) {
          for (const [{ series }, { count, sum }] of entriesOf(organisation, functionId, window, keys)) {
            yield { series, count, sum }
          }
        }
      }
    },
    async flush() {
      await closeUpTo(now() - graceMs)
      await batches.flush()
    },
    async close() {
      if (!isClosed) {
        isClosed = true
        await closeUpTo(Number.POSITIVE_INFINITY)
      }
      await batches.close()
    },
  }
}
