import { expect, it } from "vitest"
import { createHeldSeries } from "../../src/anomaly/watch/held-series.ts"
import { defaultSettings } from "../../src/anomaly/watch/settings.ts"
import { createWatchMinute } from "../../src/anomaly/watch/watch-minute.ts"
import { functionKeys } from "../../src/model/metrics.ts"
import type { SeriesState } from "../../src/ports/anomaly-storage.ts"
import type { MetricMinute } from "../../src/ports/metric-storage.ts"
import { seriesId } from "../../src/util/series-id.ts"
import { normal, seeded, timeOf } from "./simulated.ts"

const learned = 11_000

/** A watch whose minutes are made by hand; it goes on from states where they are given. */
function openMinutes(stored: readonly SeriesState[] = [], maxSeries = 100) {
  let present: readonly MetricMinute[] = []
  const failing = new Set<string>()
  const hasFunction = async (_: string, id: string) => {
    if (failing.has(id)) throw new Error("the storage is down")
    return true
  }
  const metrics = { readMinute: async () => present, read: async () => [] }
  const store = {
    readStates: async () => stored,
    readSettings: async () => [],
    async listExpected(_: string, subject: string) {
      if (failing.has(subject)) throw new Error("the storage is down")
      return []
    },
  }
  const held = createHeldSeries({ store, metrics, maxSeries, hasFunction, warn: () => {} })
  const minutes = createWatchMinute({ store, metrics, held, defaults: defaultSettings, hasFunction })
  const states = new Map<string, SeriesState>()
  let last: number | null = null
  return {
    states,
    failing,
    /** Gives what is to be called to look at the minute, again where that failed. */
    take(minute: number, rows: readonly MetricMinute[]) {
      const at = timeOf(minute)
      const watched = { at, quietBefore: 0, heard: new Map(), completed: [] }
      return async () => {
        present = rows
        const step = await minutes.watch(watched, last)
        last = at
        for (const state of step.states) states.set(state.seriesId, state)
        return step.found.map(({ anomaly: { key, value } }) => [key, value])
      }
    },
  }
}

it("What waits for another point is found though the storage failed while the minute was judged", async () => {
  const watch = openMinutes()
  const row = (id: string, value: number): MetricMinute => ({
    series: { organisation: "o", id, key: id, functionId: null, dimensions: {} },
    count: 1,
    sum: value,
  })
  const random = seeded(7)
  let minute = 0
  for (; minute < learned; minute++) {
    await watch.take(minute, [row("a", 20 + normal(random)), row("b", 20 + normal(random))])()
  }
  const look = watch.take(minute++, [row("a", 25), row("b", 90)])
  watch.failing.add("b")
  await expect(look()).rejects.toThrow("the storage is down")
  watch.failing.clear()
  expect(await look()).toEqual([["b", 90]])
  expect(await watch.take(minute, [row("a", 26), row("b", 20)])()).toEqual([["a", 26]])
})

it("Whoever takes over does not tell a function's trouble again by the series that was told along", async () => {
  const row = (key: string, mean: number): MetricMinute => ({
    series: { organisation: "o", id: seriesId(key, "f", {}), key, functionId: "f", dimensions: {} },
    count: 200,
    sum: 200 * mean,
  })
  const random = seeded(7)
  const rows = (duration: number, errors: number) => [
    row(functionKeys.duration, duration * (1 + 0.05 * normal(random))),
    row(functionKeys.errors, errors),
  ]
  const first = openMinutes()
  let minute = 0
  for (; minute < learned; minute++) await first.take(minute, rows(55, minute % 7 === 0 ? 0.005 : 0))()
  const found = await first.take(minute++, rows(200, 0.3))()
  expect(found).toHaveLength(1)
  const second = openMinutes([...first.states.values()])
  const again: unknown[] = []
  for (let more = 0; more < 10; more++) again.push(...(await second.take(minute++, rows(200, 0.3))()))
  expect(again).toEqual([])
})

it("What was learned of a series that is put aside is stored though the storage failed in that minute", async () => {
  const row = (functionId: string): MetricMinute => {
    const [key, dimensions] = [functionKeys.memory, {}]
    const series = { organisation: "o", id: seriesId(key, functionId, dimensions), key, functionId, dimensions }
    return { series, count: 20, sum: 20 }
  }
  const aside = row("aside")
  let failures = 0
  // In one minute of each hour the watch asks whether the function of a quiet series is still there.
  for (let minute = 100; minute < 160; minute++) {
    const watch = openMinutes([], 2)
    await watch.take(0, [aside])()
    await watch.take(1, [row("quiet")])()
    await watch.take(99, [])()
    watch.states.clear()
    watch.failing.add("quiet")
    const look = watch.take(minute, [row("new")])
    await look().catch(() => {
      failures++
      watch.failing.clear()
      return look()
    })
    expect(watch.states.get(aside.series.id)).toMatchObject({ at: timeOf(0) })
  }
  expect(failures).toBe(1)
})
