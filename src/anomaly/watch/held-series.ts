import type { AnomalySettings } from "../../model/anomaly.ts"
import type { AnomalyStore, SeriesState } from "../../ports/anomaly-storage.ts"
import type { MetricStore } from "../../ports/metric-storage.ts"
import { createBreather } from "../../util/breather.ts"
import { nameOf, type Signal } from "./signals.ts"
import { WatchedSeries, type WatchedState } from "./watched-series.ts"

/** What holding series needs. */
export interface HeldSeriesOptions {
  readonly store: Pick<AnomalyStore, "readStates">
  readonly metrics: Pick<MetricStore, "read">
  /** How many are held at most. */
  readonly maxSeries: number
  /** Whether the organisation still has the function. */
  readonly hasFunction: (organisation: string, functionId: string) => Promise<boolean>
  readonly warn: (message: string) => void
}

/** A series that is to be watched, and how. */
export interface Wanted {
  readonly signal: Signal
  readonly settings: AnomalySettings
}

/** The series that are watched just now, with all that was learned of them. */
export interface HeldSeries {
  get(signal: Signal): WatchedSeries | undefined
  /** Has those that are in use, as they were at the end of the minute `last`; null where nothing was watched before. */
  ensure(wanted: readonly Wanted[], last: number | null): Promise<void>
  /** It is in use: others are put aside before it. */
  touch(watched: WatchedSeries): void
  drop(signal: Signal): void
  /** A function is gone, and its series with it. */
  dropFunction(organisation: string, functionId: string): void
  /** Drops the series of functions that another process has removed: that is asked once an hour of those which have been quiet for an hour. */
  dropRemoved(minute: number): Promise<void>
  all(): Iterable<WatchedSeries>
  /** What is to be stored after a minute: each series once an hour, and those that are put aside because there are too many. */
  toStore(minute: number): Promise<readonly SeriesState[]>
  /** Forgets all. */
  clear(): void
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** What was learned is stored once in so many minutes, some series in each; what is missing is learned again from the windows. */
const storeEvery = 60
/** Windows that lie further back are not learned from again. */
const longestReplayMs = 6 * hourMs
/** So many series are read at once. */
const readAtOnce = 100
/** Series that were in use so lately are not put aside. */
const inUseMs = hourMs

/** Creates it. */
export function createHeldSeries({ store, metrics, maxSeries, hasFunction, warn }: HeldSeriesOptions): HeldSeries {
  const held = new Map<string, WatchedSeries>()
  let isWarned = false

  /** Those that there is room for. */
  function admit(wanted: readonly Wanted[], last: number | null): readonly Wanted[] {
    const missing = wanted.filter(({ signal }) => !held.has(nameOf(signal.series)))
    let idle = 0
    for (const { at } of held.values()) {
      // They stand in the order of their use.
      if (at > (last ?? 0) - inUseMs || held.size - idle + missing.length <= maxSeries) break
      idle++
    }
    const room = Math.max(0, maxSeries - held.size + idle)
    if (missing.length > room && !isWarned) {
      isWarned = true
      warn(
        `more than ${maxSeries} series are in use: anomalies are found in the first ${maxSeries}; raise anomalies.maxSeries`,
      )
    }
    return missing.slice(0, room)
  }

  /** Functions leave their last minute behind when they are removed. */
  async function withFunction(organisation: string, wanted: readonly Wanted[]): Promise<readonly Wanted[]> {
    const functionIds = new Set(wanted.flatMap(({ signal }) => signal.series.functionId ?? []))
    for (const id of functionIds) if (await hasFunction(organisation, id)) functionIds.delete(id)
    return wanted.filter(({ signal }) => !functionIds.has(signal.series.functionId ?? ""))
  }

  async function load(organisation: string, admitted: readonly Wanted[], last: number | null): Promise<void> {
    const wanted = await withFunction(organisation, admitted)
    const ids = wanted.map(({ signal }) => signal.series.id)
    const stored = new Map((await store.readStates(organisation, ids)).map((one) => [one.seriesId, one]))
    const breathe = createBreather()
    const loaded: WatchedSeries[] = []
    for (const { signal, settings } of wanted) {
      const row = stored.get(signal.series.id)
      // What a clock that ran ahead has stored is learned anew.
      const isOfPast = row && (last === null || row.at <= last)
      const state = isOfPast ? readState(row.state) : undefined
      const at = row && state ? row.at : (last ?? 0) - hourMs
      loaded.push(new WatchedSeries(signal, settings, at, state))
      await breathe()
    }
    if (last !== null) await replay(organisation, loaded, last)
    for (const watched of loaded) held.set(nameOf(watched.signal.series), watched)
  }

  /** What came since it was stored is learned again, and told to nobody. */
  async function replay(organisation: string, loaded: readonly WatchedSeries[], last: number): Promise<void> {
    const behind = loaded.filter(({ at }) => at < last)
    if (behind.length === 0) return
    const from = Math.max(Math.min(...behind.map(({ at }) => at + minuteMs)), last - longestReplayMs)
    const sources = [...new Set(behind.map(({ signal }) => signal.source))]
    const windows = await metrics.read(organisation, sources, minuteMs, { from, to: last + minuteMs })
    const minutes = new Map<string, { readonly at: number; count: number; sum: number }[]>()
    for (const { seriesId, at, count, sum } of [...windows].sort((a, b) => a.at - b.at)) {
      const own = minutes.get(seriesId) ?? []
      const latest = own.at(-1)
      if (latest?.at === at) {
        latest.count += count
        latest.sum += sum
      } else own.push({ at, count, sum })
      minutes.set(seriesId, own)
    }
    const breathe = createBreather()
    for (const watched of behind) {
      await breathe()
      const { at: known } = watched
      for (const { at, count, sum } of minutes.get(watched.signal.source) ?? []) {
        if (at <= known) continue
        watched.complete(at)
        watched.takeFew(at, count, sum)
        watched.take(at, count, sum)
      }
    }
  }

  return {
    get: ({ series }) => held.get(nameOf(series)),
    async ensure(wanted, last) {
      const byOrganisation = new Map<string, Wanted[]>()
      for (const one of admit(wanted, last)) {
        const { organisation } = one.signal.series
        const own = byOrganisation.get(organisation) ?? []
        own.push(one)
        byOrganisation.set(organisation, own)
      }
      for (const [organisation, own] of byOrganisation) {
        for (let from = 0; from < own.length; from += readAtOnce) {
          await load(organisation, own.slice(from, from + readAtOnce), last)
        }
      }
    },
    touch(watched) {
      const name = nameOf(watched.signal.series)
      held.delete(name)
      held.set(name, watched)
    },
    drop: ({ series }) => void held.delete(nameOf(series)),
    dropFunction(organisation, functionId) {
      for (const [name, { signal }] of held) {
        if (signal.series.functionId === functionId && signal.series.organisation === organisation) held.delete(name)
      }
    },
    async dropRemoved(minute) {
      for (const [name, { at, signal }] of held) {
        const { organisation, functionId } = signal.series
        if (functionId === null || at > minute - inUseMs || !isTurnOf(name, minute)) continue
        if (!(await hasFunction(organisation, functionId))) held.delete(name)
      }
    },
    all: () => held.values(),
    async toStore(minute) {
      const states: SeriesState[] = []
      const breathe = createBreather()
      let above = held.size - maxSeries
      for (const [name, watched] of held) {
        const isAside = above-- > 0
        if (isAside || (watched.at > watched.storedAt && isTurnOf(name, minute))) states.push(toStored(watched))
        if (isAside) held.delete(name)
        await breathe()
      }
      return states
    },
    clear: () => held.clear(),
  }
}

/** What is kept of it; it counts as stored then. */
export function toStored(watched: WatchedSeries): SeriesState {
  const { organisation, id: seriesId } = watched.signal.series
  watched.storedAt = watched.at
  return { organisation, seriesId, at: watched.at, state: JSON.stringify(watched.toState()) }
}

/** What another version has stored is learned anew. */
function readState(text: string): WatchedState | undefined {
  const state = JSON.parse(text) as WatchedState
  return state.version === 1 ? state : undefined
}

/** Once in `storeEvery` minutes, which are the same ones for the same name. */
function isTurnOf(name: string, minute: number): boolean {
  let sum = 0
  for (let at = 0; at < name.length; at++) sum = (sum * 31 + name.charCodeAt(at)) | 0
  return (sum >>> 0) % storeEvery === (minute / minuteMs) % storeEvery
}
