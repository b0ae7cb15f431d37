import type { InvocationRecord } from "../model/invocation.ts"
import type { MetricSeries } from "../model/metrics.ts"

/** What one function's calls have come to in this process, only ever growing. */
export interface FunctionTotals {
  readonly name: string
  invocations: number
  errors: number
  coldStarts: number
  throttled: number
  durationMs: number
  cpuMs: number
  /** How many calls took at most as long as each of `durationBoundsMs`, and longer than the one before. */
  readonly durations: number[]
}

/** What was recorded under one key with the same dimensions. */
export interface SeriesTotals {
  readonly series: MetricSeries
  count: number
  sum: number
}

/** Counters since the process began, by organisation and function. */
export interface Totals {
  addCall(invocation: InvocationRecord): void
  addThrottled(organisation: string, source: Pick<InvocationRecord, "functionId" | "name">): void
  addValue(series: MetricSeries, value: number): void
  /** Forgets a function. */
  remove(organisation: string, functionId: string): void
  /** Of an organisation's functions. */
  functions(organisation: string): readonly FunctionTotals[]
  /** Of what functions and the host have recorded. */
  series(organisation: string): readonly SeriesTotals[]
}

/** Series of an organisation that are counted here; further ones are in the storage alone. */
const maxSeries = 1000

/** Upper bounds of the buckets of durations, in milliseconds; above the last one there is another. */
export const durationBoundsMs: readonly number[] = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000,
]

/** Creates counters at zero. */
export function createTotals(): Totals {
  const organisations = new Map<string, Map<string, FunctionTotals>>()
  const recorded = new Map<string, Map<string, SeriesTotals>>()

  function totalsOf(organisation: string, functionId: string, name: string): FunctionTotals {
    const functions = organisations.get(organisation) ?? new Map<string, FunctionTotals>()
    if (functions.size === 0) organisations.set(organisation, functions)
    const known = functions.get(functionId)
    if (known) return known
    const counts = { invocations: 0, errors: 0, coldStarts: 0, throttled: 0, durationMs: 0, cpuMs: 0 }
    const made = { name, ...counts, durations: durationBoundsMs.map(() => 0) }
    functions.set(functionId, made)
    return made
  }

  return {
    addCall({ organisation, functionId, name, durationMs, cpuMs, status, coldStart }) {
      const totals = totalsOf(organisation, functionId, name)
      totals.invocations++
      if (status === "failed") totals.errors++
      if (coldStart) totals.coldStarts++
      totals.durationMs += durationMs
      totals.cpuMs += cpuMs
      const bucket = durationBoundsMs.findIndex((bound) => durationMs <= bound)
      if (bucket !== -1) totals.durations[bucket] = (totals.durations[bucket] as number) + 1
    },
    addThrottled(organisation, { functionId, name }) {
      totalsOf(organisation, functionId, name).throttled++
    },
    addValue(series, value) {
      const ofOrganisation = recorded.get(series.organisation) ?? new Map<string, SeriesTotals>()
      recorded.set(series.organisation, ofOrganisation)
      const totals = ofOrganisation.get(series.id) ?? { series, count: 0, sum: 0 }
      if (totals.count === 0 && ofOrganisation.size >= maxSeries) return
      ofOrganisation.set(series.id, totals)
      totals.count++
      totals.sum += value
    },
    remove(organisation, functionId) {
      const functions = organisations.get(organisation)
      functions?.delete(functionId)
      if (functions?.size === 0) organisations.delete(organisation)
      for (const [id, { series }] of recorded.get(organisation) ?? []) {
        if (series.functionId === functionId) recorded.get(organisation)?.delete(id)
      }
    },
    functions: (organisation) => [...(organisations.get(organisation)?.values() ?? [])],
    series: (organisation) => [...(recorded.get(organisation)?.values() ?? [])],
  }
}
