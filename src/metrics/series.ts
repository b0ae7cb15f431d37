import type { MetricSeries } from "../model/metrics.ts"
import type { SeenSeries } from "../ports/metric-storage.ts"
import { seriesId, sortedEntries } from "../util/series-id.ts"

/** A series that this process writes to. */
export interface SeriesEntry {
  readonly series: MetricSeries
  /** On which day the storage last heard that it is in use; counted from 1970. */
  storedOn: number
}

/** The series that are in use today. */
export interface SeriesBook {
  /** The entry of a series; that of `other` where the key has too many dimensions already. */
  entryOf(organisation: string, key: string, functionId: string | null, dimensions: Dimensions): SeriesEntry
  /** Those that the storage has not heard of today, and what says that it has by now. */
  toStore(entries: readonly SeriesEntry[]): { readonly series: readonly SeenSeries[]; readonly stored: () => void }
}

type Dimensions = Readonly<Record<string, string>>

const dayMs = 86_400_000

/** The value that dimensions fold into; `function` keeps its own. */
const folded = "other"

/** Makes a series; its id is the same for the same key, function and dimensions, wherever it is made. */
export function toSeries(
  organisation: string,
  key: string,
  functionId: string | null,
  dimensions: Dimensions,
): MetricSeries {
  const id = seriesId(key, functionId, dimensions)
  return { organisation, id, key, functionId, dimensions: Object.fromEntries(sortedEntries(dimensions)) }
}

/** How many keys of one function, or of the host, may be in use in a day; further ones count as the key `other`. */
const maxKeys = 1000

/** Creates a book. It forgets everything at the end of a day, UTC, so that it holds what is in use. */
export function createSeriesBook(options: {
  /** How many combinations of dimensions a key of one function, or of the host, may have in a day. */
  readonly maxSeries: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly warn: (message: string) => void
}): SeriesBook {
  const { maxSeries, now, warn } = options
  const entries = new Map<string, SeriesEntry>()
  const counts = new Map<string, number>()
  const keyCounts = new Map<string, number>()
  let day = 0

  function turn(): void {
    const present = Math.floor(now() / dayMs)
    if (present === day) return
    day = present
    entries.clear()
    counts.clear()
    keyCounts.clear()
  }

  function add(name: string, series: MetricSeries): SeriesEntry {
    const entry = { series, storedOn: 0 }
    entries.set(name, entry)
    return entry
  }

  /** Whether another key may be in use. Those of the service are few. */
  function takesKey(organisation: string, key: string, functionId: string | null): boolean {
    if (key.startsWith("function.") || key === folded) return true
    const owner = JSON.stringify([organisation, functionId])
    const count = keyCounts.get(owner) ?? 0
    if (count <= maxKeys) keyCounts.set(owner, count + 1)
    if (count === maxKeys) {
      const whose = functionId === null ? "" : ` of function "${functionId}"`
      warn(
        `organisation "${organisation}" has more than ${maxKeys} keys of metrics${whose} today: values of further ones count under the key "${folded}"; tell them apart by dimensions`,
      )
    }
    return count < maxKeys
  }

  const entryOf: SeriesBook["entryOf"] = (organisation, key, functionId, dimensions) => {
    turn()
    const name = JSON.stringify([organisation, key, functionId, sortedEntries(dimensions)])
    const known = entries.get(name)
    if (known) return known
    const keyName = JSON.stringify([organisation, key, functionId])
    const count = counts.get(keyName) ?? 0
    if (count === 0 && !takesKey(organisation, key, functionId)) {
      const { function: name } = dimensions
      return entryOf(organisation, folded, functionId, name === undefined ? {} : { function: name })
    }
    if (count < maxSeries) {
      counts.set(keyName, count + 1)
      return add(name, toSeries(organisation, key, functionId, dimensions))
    }
    const other = toSeries(organisation, key, functionId, foldDimensions(dimensions))
    const otherName = JSON.stringify([organisation, key, functionId, sortedEntries(other.dimensions)])
    if (count === maxSeries) {
      counts.set(keyName, count + 1)
      warn(
        `metric "${key}" of organisation "${organisation}" has more than ${maxSeries} combinations of dimensions today: further ones count as "${folded}"; give dimensions few values, no ids`,
      )
    }
    return entries.get(otherName) ?? add(otherName, other)
  }

  return {
    toStore(given) {
      const present = Math.floor(now() / dayMs)
      const fresh = new Set(given.filter(({ storedOn }) => storedOn < present))
      return {
        series: [...fresh].map(({ series }) => ({ ...series, seenAt: present * dayMs })),
        stored() {
          for (const entry of fresh) entry.storedOn = present
        },
      }
    },
    entryOf,
  }
}

function foldDimensions(dimensions: Dimensions): Dimensions {
  return Object.fromEntries(
    Object.entries(dimensions).map(([name, value]) => [name, name === "function" ? value : folded]),
  )
}
