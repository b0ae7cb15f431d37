import { deepEqual, equal } from "node:assert/strict"
import type { Resolution } from "../../model/metrics.ts"
import type { MetricMoments, MetricStore, MetricWindow, SeenSeries } from "../../ports/metric-storage.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleSeries, sampleWindow } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

const minute = 60_000
const hour = 3_600_000
const day = 86_400_000
type RollUp = Parameters<MetricStore["rollUp"]>[0]

/** Midnight of a day. */
const start = 19_675 * day

/** What was measured over time. */
export function describeMetrics({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  const window = (seriesId: string, at: number, changes: Partial<MetricWindow> = {}) =>
    sampleWindow(subject.organisation, seriesId, { at, ...changes })
  const series = (id: string, changes: Partial<SeenSeries> = {}) =>
    sampleSeries(subject.organisation, id, { seenAt: start, ...changes })
  const read = (resolution: Resolution, ids: readonly string[] = ["s"], range = { from: start, to: start + 2 * day }) =>
    subject.storage.metrics.read(subject.organisation, ids, resolution, range)
  const shown = (windows: readonly MetricWindow[]) =>
    windows
      .map(({ resolution, at, count }) => [resolution, at - start, count])
      .sort((a, b) => Number(a[1]) - Number(b[1]))
  /** Rolls up everything of this organisation; other tests may have left something too. */
  async function rollAll(metrics: MetricStore, from: Resolution, to: Resolution, change: Partial<RollUp> = {}) {
    const step = { from, to, before: start + day, limit: 1000, part: "r", ...change }
    for (let round = 0; ; round++) {
      const rolled = await metrics.rollUp({ ...step, part: `${step.part}${round}` }, add)
      if (rolled < step.limit) return
    }
  }

  it("gives windows back as they were written", async () => {
    const given = [window("s", start), window("s", start + minute, { part: "2" }), window("t", start)]
    await subject.storage.metrics.insert(given, [])
    deepEqual(await read(minute, ["s"], { from: start + minute, to: start + hour }), [given[1]])
    deepEqual((await read(minute, ["s", "t"], { from: start, to: start + minute })).length, 2)
    deepEqual(await read(minute, []), [])
    deepEqual(await read(minute, ["none"]), [])
  })

  it("keeps the windows of several writers apart, and each once", async () => {
    const { metrics } = subject.storage
    const given = [window("s", start), window("s", start, { part: "2" })]
    await metrics.insert(given, [])
    await metrics.insert([window("s", start, { count: 9 }), window("s", start + minute)], [])
    deepEqual(shown(await read(minute)), [
      [minute, 0, 1],
      [minute, 0, 1],
      [minute, minute, 1],
    ])
  })

  it("takes many windows at once", async () => {
    const many = Array.from({ length: 700 }, (_, index) => window("s", start + index * minute))
    await subject.storage.metrics.insert(many, [])
    equal((await read(minute)).length, 700)
  })

  it("reads many series at once", async () => {
    const ids = Array.from({ length: 1200 }, (_, index) => `s${index}`)
    await subject.storage.metrics.insert(
      ids.map((id) => window(id, start)),
      [],
    )
    equal((await read(day, ids)).length, 1200)
  })

  it("lists series by key and function, in pages, and keeps what was seen last", async () => {
    const { metrics } = subject.storage
    const dimensions = { room: awkwardText.replaceAll("\u0000", "").replaceAll("\ud800", "") }
    await metrics.insert([], [series("1"), series("2", { functionId: "f", dimensions }), series("3", { key: "b" })])
    await metrics.insert([], [series("1", { seenAt: start - day }), series("2", { seenAt: start + day })])
    const ids = async (...args: Parameters<MetricStore["listSeries"]>) => {
      const { items, next } = await metrics.listSeries(...args)
      return [items.map(({ id }) => id), next]
    }
    const { organisation } = subject
    deepEqual(await ids(organisation, {}, { limit: 2 }), [["1", "2"], "2"])
    deepEqual(await ids(organisation, {}, { limit: 2, cursor: "2" }), [["3"], null])
    deepEqual(await ids(organisation, { key: "a" }, { limit: 5 }), [["1", "2"], null])
    const { items } = await metrics.listSeries(organisation, { key: "a", functionId: "f" }, { limit: 5 })
    deepEqual(items, [{ organisation, id: "2", key: "a", functionId: "f", dimensions }])
    deepEqual(await ids("nobody", {}, { limit: 5 }), [[], null])
  })

  it("reads a minute of all series, what several wrote and what was rolled up too, in pages", async () => {
    const { metrics } = subject.storage
    const { organisation } = subject
    await metrics.insert(
      [
        window("1", start, { sum: 3 }),
        window("1", start, { part: "2", count: 4, sum: 5 }),
        window("2", start + minute),
      ],
      [series("1", { functionId: "f" }), series("2"), series("3", { key: "b" }), series("4")],
    )
    await rollAll(metrics, minute, hour)
    await metrics.insert([window("3", start), window("4", start, { sum: 7 })], [])
    const own = async (limit: number, after?: string) => {
      const from = { organisation, id: after ?? "" }
      const found = await metrics.readMinute(start, { limit, after: from })
      return found.filter((one) => one.series.organisation === organisation)
    }
    const given = { organisation, key: "a", functionId: "f", dimensions: {} }
    deepEqual(
      (await own(10)).map(({ series: { id }, count, sum }) => [id, count, sum]),
      [
        ["1", 5, 8],
        ["3", 1, 2],
        ["4", 1, 7],
      ],
    )
    const [first] = await own(1)
    deepEqual(first?.series, { ...given, id: "1", dimensions: first?.series.dimensions })
    deepEqual(
      (await own(1, "1")).map(({ series: { id } }) => id),
      ["3"],
    )
  })

  it("rolls windows up once, and shows each value once at every resolution before, between and after", async () => {
    const { metrics } = subject.storage
    const at = [0, minute, hour, hour + minute, 2 * hour]
    await metrics.insert(
      at.map((after) => window("s", start + after)),
      [],
    )
    const total = async (resolution: Resolution) => (await read(resolution)).reduce((sum, { count }) => sum + count, 0)
    const totals = async () => [await total(minute), await total(hour), await total(day)]
    deepEqual(await totals(), [5, 5, 5])
    await rollAll(metrics, minute, hour, { before: start + 2 * hour })
    deepEqual(await totals(), [5, 5, 5])
    deepEqual(shown(await read(hour)), [
      [hour, 0, 2],
      [hour, hour, 2],
      [minute, 2 * hour, 1],
    ])
    await rollAll(metrics, hour, day)
    deepEqual(await totals(), [5, 5, 5])
    deepEqual(shown(await read(day)), [
      [day, 0, 4],
      [minute, 2 * hour, 1],
    ])
    // One that comes late is a part of its own.
    await metrics.insert([window("s", start, { part: "late" })], [])
    await rollAll(metrics, minute, hour, { part: "later" })
    deepEqual(await totals(), [6, 6, 6])
  })

  it("merges nothing where the merge fails, and takes it another time", async () => {
    const { metrics } = subject.storage
    await rollAll(metrics, minute, hour)
    await metrics.insert([window("s", start)], [])
    let failed = false
    const merge = () => {
      failed = true
      throw new Error("These cannot be merged.")
    }
    await metrics.rollUp({ from: minute, to: hour, before: start + day, limit: 10, part: "r" }, merge).catch(() => {})
    equal(failed, true)
    deepEqual(shown(await read(hour)), [[minute, 0, 1]])
    await rollAll(metrics, minute, hour, { part: "again" })
    deepEqual(shown(await read(hour)), [[hour, 0, 1]])
  })

  it("removes windows whose time is over, but none that is still to be rolled up", async () => {
    const { metrics } = subject.storage
    await metrics.insert([window("s", start), window("s", start + hour)], [])
    const expire = async (resolution: Resolution) => {
      while ((await metrics.expire(resolution, start + hour, 100)) === 100);
    }
    await expire(minute)
    equal((await read(minute)).length, 2)
    await rollAll(metrics, minute, hour)
    await expire(minute)
    deepEqual(shown(await read(minute)), [[minute, hour, 1]])
    equal((await read(hour)).length, 2)
    await rollAll(metrics, hour, day)
    await expire(hour)
    await expire(day)
    deepEqual(await read(day), [])
  })

  it("removes series that were not seen for long", async () => {
    const { metrics } = subject.storage
    await metrics.insert([], [series("old", { seenAt: 5 }), series("new")])
    while ((await metrics.expireSeries(start, 100)) === 100);
    const { items } = await metrics.listSeries(subject.organisation, {}, { limit: 5 })
    deepEqual(
      items.map(({ id }) => id),
      ["new"],
    )
  })

  if (!shared) return
  it("rolls each window up once though two do so at the same time", async () => {
    const { metrics } = subject.storage
    const other = await subject.open()
    const minutes = Array.from({ length: 300 }, (_, index) => window("s", start + index * minute))
    await metrics.insert(minutes, [])
    await Promise.all([
      rollAll(metrics, minute, hour, { limit: 20 }),
      rollAll(other.metrics, minute, hour, { part: "q", limit: 30 }),
    ])
    await rollAll(metrics, minute, hour, { part: "z" })
    const rolled = await read(hour)
    equal(
      rolled.reduce((sum, { count }) => sum + count, 0),
      300,
    )
    equal(
      rolled.every(({ resolution }) => resolution === hour),
      true,
    )
  })
}

function add(windows: readonly MetricWindow[]): MetricMoments {
  const [first, ...others] = windows
  if (first === undefined) throw new Error("Cannot merge nothing.")
  const { sum, m2, min, max, sketch } = first
  return { count: others.reduce((count, other) => count + other.count, first.count), sum, m2, min, max, sketch }
}
