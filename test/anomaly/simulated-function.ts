import { createHeldSeries, toStored } from "../../src/anomaly/watch/held-series.ts"
import { defaultSettings } from "../../src/anomaly/watch/settings.ts"
import { createWatchMinute } from "../../src/anomaly/watch/watch-minute.ts"
import type { Anomaly } from "../../src/model/anomaly.ts"
import { functionKeys } from "../../src/model/metrics.ts"
import type { SeriesState } from "../../src/ports/anomaly-storage.ts"
import type { MetricMinute } from "../../src/ports/metric-storage.ts"
import { seriesId } from "../../src/util/series-id.ts"
import { normal, rhythm, seeded, timeOf } from "./simulated.ts"

/** What the calls of a function in a minute are like. */
export interface FunctionMinute {
  readonly calls: number
  /** Milliseconds, on average. */
  readonly duration: number
  /** Megabytes, on average. */
  readonly memory: number
  readonly failed: number
}

/** What a function is like while nothing is wrong. */
export interface Profile {
  /** In a minute, on average. */
  readonly calls: number
  /** Standard deviation of the logarithm of one call's duration. */
  readonly spread: number
  /** Share of calls that fail. */
  readonly failing: number
}

/** Minutes of a function, one after the other, the same for the same seed. */
export function simulateFunction(
  { calls, spread, failing }: Profile,
  seed: number,
): (minute: number) => FunctionMinute {
  const random = seeded(seed)
  return (minute) => {
    const load = rhythm(minute)
    const expected = calls * load
    const count =
      expected < 20 ? poisson(expected, random) : Math.round(expected + Math.sqrt(expected) * normal(random))
    // What all calls of a minute share, and what is each call's own.
    const noise = Math.hypot(0.05, spread / Math.sqrt(Math.max(count, 1)))
    return {
      calls: Math.max(0, count),
      duration: 55 * (0.8 + 0.2 * load) * Math.exp(noise * normal(random)),
      memory: 120 + 6 * load + Math.hypot(1.5, 5 / Math.sqrt(Math.max(count, 1))) * normal(random),
      failed: failing === 0 ? 0 : Math.min(count, poisson(count * failing, random)),
    }
  }
}

/** Knuth, "The art of computer programming", volume 2, 3.4.1. */
export function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean)
  let count = -1
  for (let product = 1; product > limit; count++) product *= random()
  return count
}

/** A watch on one function: gives what is found in each minute. */
export interface FunctionWatch {
  take(minute: number, seen: FunctionMinute): Promise<readonly Anomaly[]>
  /** Another one that has learned the same. */
  fork(): FunctionWatch
}

/** Creates one that has learned nothing, or what is stored. */
export function watchFunction(states: readonly SeriesState[] = [], before: number | null = null): FunctionWatch {
  let present: readonly MetricMinute[] = []
  const metrics = { readMinute: async () => present, read: async () => [] }
  const store = { readStates: async () => states, readSettings: async () => [], listExpected: async () => [] }
  const held = createHeldSeries({ store, metrics, maxSeries: 100, hasFunction: async () => true, warn: () => {} })
  const minutes = createWatchMinute({ store, metrics, held, defaults: defaultSettings, hasFunction: async () => true })
  let last = before
  return {
    async take(minute, seen) {
      const at = timeOf(minute)
      present = toRows(seen)
      if (last === before && before !== null) await load()
      const step = await minutes.watch({ at, quietBefore: 0, heard: new Map(), completed: [] }, last)
      last = at
      return step.found.map(({ anomaly }) => anomaly)
    },
    fork: () => watchFunction([...held.all()].map(toStored), last),
  }

  /** Those that are stored are there though they have no values any more. */
  async function load(): Promise<void> {
    const shown = present
    present = toRows({ calls: 1, duration: 1, memory: 1, failed: 0 })
    await minutes.load(before ?? 0, before ?? 0)
    present = shown
  }
}

function toRows({ calls, duration, memory, failed }: FunctionMinute): readonly MetricMinute[] {
  const row = (key: string, sum: number): MetricMinute => ({
    series: {
      organisation: "o",
      id: seriesId(key, "f", { function: "work" }),
      key,
      functionId: "f",
      dimensions: { function: "work" },
    },
    count: calls,
    sum,
  })
  if (calls === 0) return []
  return [
    row(functionKeys.duration, duration * calls),
    row(functionKeys.memory, memory * calls),
    row(functionKeys.errors, failed),
  ]
}
