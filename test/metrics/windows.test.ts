import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createMetrics, type Metrics, type MetricsOptions } from "../../src/metrics/create-metrics.ts"
import type { ClosedWindow } from "../../src/model/metrics.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { createFakeTime, type FakeTime } from "../../src/testing/kit/fake-time.ts"
import { newId } from "../../src/util/id.ts"
import { openMemoryStorage } from "./memory-storage.ts"
import { recordOf } from "./records.ts"

const minute = 60_000
const hour = 3_600_000
const day = 86_400_000
/** Midnight. */
const start = Date.UTC(2030, 0, 1)
const key = "function.duration_ms"

let storage: Storage
let time: FakeTime
let processes: Metrics[]
let told: ClosedWindow[]
let warnings: string[]

beforeEach(async () => {
  storage = await openMemoryStorage()
  time = createFakeTime(start)
  processes = []
  told = []
  warnings = []
})

afterEach(async () => {
  for (const metrics of processes) await metrics.close()
  await storage.close()
})

function open(options: Partial<MetricsOptions> = {}): Metrics {
  const metrics = createMetrics({
    storage,
    now: time.now,
    wakeAfter: time.wakeAfter,
    newId,
    tell: (name, fact) => name === "window.closed" && told.push(fact as ClosedWindow),
    logger: { warn: (message) => warnings.push(message) },
    onError: (error) => expect.fail(String(error)),
    ...options,
  })
  processes.push(metrics)
  return metrics
}

/** A call that ends now. */
function call(metrics: Metrics, durationMs = 10, change: Parameters<typeof recordOf>[0] = {}): void {
  metrics.record(recordOf({ startedAt: time.now() - durationMs, durationMs, ...change }))
}

async function pass(ms: number): Promise<void> {
  for (const end = time.now() + ms; ; ) {
    time.set(Math.min(end, time.nextAt()))
    const due = time.takeDue()
    if (due) await due()
    else if (time.now() >= end) return
  }
}

const total = async (metrics: Metrics, step = "1m", range = "1d", one = key) => {
  const { items } = await metrics.query("a", undefined, { key: one, step, range }, { limit: 1000 })
  return items.reduce((sum, { count }) => sum + count, 0)
}

/** Everything that upkeep does, as a sweeper does it. */
async function keepUp(metrics: Metrics, limit = 50): Promise<void> {
  for (const step of metrics.upkeep) while ((await step(time.now(), limit)) === limit);
}

describe("windows", () => {
  test("arm nothing while nothing is measured, nor once everything is written", async () => {
    const metrics = open()
    expect(time.nextAt()).toBe(Number.POSITIVE_INFINITY)
    call(metrics)
    await pass(2 * minute)
    expect(time.nextAt()).toBe(Number.POSITIVE_INFINITY)
  })

  test("tell what functions have sent in the minute that goes on, and nothing of it once it is over", async () => {
    const metrics = open()
    const egress = (bytesSent: number) => ({ egress: { requests: 1, bytesSent, bytesReceived: 1 } })
    const sent = () =>
      [...metrics.presentEgress(start)].map(({ series, count, sum }) => [
        series.organisation,
        series.functionId,
        count,
        sum,
      ])
    call(metrics, 10, egress(100))
    call(metrics, 10, egress(50))
    call(metrics, 10, egress(0))
    call(metrics, 10, { ...egress(7), organisation: "b", functionId: "g" })
    call(metrics, 10, { functionId: "quiet" })
    expect(sent()).toEqual([
      ["a", "f", 2, 150],
      ["b", "g", 1, 7],
    ])
    expect([...metrics.presentEgress(start + minute)]).toEqual([])
    await pass(2 * minute)
    expect(sent()).toEqual([])
    expect(await total(metrics, "1m", "1d", "function.egress_bytes")).toBe(2)
  })

  test("answer at once what was just recorded, and write a row for each minute and series alone", async () => {
    const rows: number[] = []
    const insert = storage.metrics.insert
    const metrics = open({
      storage: {
        ...storage,
        metrics: {
          ...storage.metrics,
          insert: (windows, series) => {
            rows.push(windows.length)
            return insert(windows, series)
          },
        },
      },
    })
    for (let index = 1; index <= 100; index++) {
      call(metrics, index)
      expect(await total(metrics)).toBe(index)
    }
    expect(rows).toEqual([])
    await pass(minute + 1000)
    await metrics.close()
    // Duration, CPU, memory, errors and cold starts.
    expect(rows).toEqual([5])
  })

  test("count a call in the minute in which it ended", async () => {
    const metrics = open()
    call(metrics, 90_000)
    const { items } = await metrics.query("a", undefined, { key }, { limit: 10 })
    expect(items.map(({ at }) => at)).toEqual([start])
  })

  test("are told once each when the minute is over, with all of it", async () => {
    const metrics = open()
    call(metrics, 10, { status: "failed" })
    call(metrics, 30)
    await pass(minute + 999)
    expect(told).toEqual([])
    await pass(1)
    expect(told).toHaveLength(5)
    const duration = told.find((window) => window.key === key)
    expect(duration).toMatchObject({
      organisation: "a",
      functionId: "f",
      dimensions: { function: "work" },
      at: start,
      endsAt: start + minute,
      count: 2,
      mean: 20,
      variance: 100,
      min: 10,
      max: 30,
    })
    expect(told.find((window) => window.key === "function.errors")).toMatchObject({ count: 2, mean: 0.5 })
    // Late ones are counted, and not told again.
    call(metrics, 10, { startedAt: start })
    await pass(minute)
    expect(told).toHaveLength(5)
    expect(await total(metrics)).toBe(3)
  })

  test("that the end of the process cuts off are written, and not told", async () => {
    const metrics = open()
    call(metrics)
    await metrics.close()
    expect(told).toEqual([])
    expect(await total(open())).toBe(1)
  })

  test("of several processes add up", async () => {
    const [one, two] = [open(), open()]
    for (const metrics of [one, two, two]) call(metrics)
    expect([await total(one), await total(two)]).toEqual([1, 2])
    await pass(minute + 1000)
    await one.close()
    await two.close()
    expect(await total(open())).toBe(3)
  })

  test("show every value once, whenever the query comes", async () => {
    let release = () => {}
    const insert = storage.metrics.insert
    const slow = {
      ...storage.metrics,
      insert: (...batch: Parameters<typeof insert>) => held.then(() => insert(...batch)),
    }
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const metrics = open({ storage: { ...storage, metrics: slow } })
    call(metrics)
    await pass(minute + 1000)
    call(metrics)
    const closing = metrics.close()
    expect(await total(metrics)).toBe(2)
    const reading = Array.from({ length: 20 }, () => total(metrics))
    release()
    expect(new Set(await Promise.all(reading))).toEqual(new Set([2]))
    await closing
    expect(await total(metrics)).toBe(2)
  })

  test("keep organisations apart", async () => {
    const metrics = open()
    call(metrics)
    const { items } = await metrics.query("b", undefined, { key }, { limit: 10 })
    expect(items).toEqual([])
  })

  test("count refused calls and those under way", async () => {
    const metrics = open()
    metrics.recordRefused({ organisation: "a", functionId: "f", name: "work", at: start })
    call(metrics, 10, { concurrency: 3 })
    call(metrics, 10, { concurrency: 5 })
    expect(await total(metrics, "1m", "1d", "function.throttled")).toBe(1)
    const { items } = await metrics.query("a", "f", { key: "function.concurrency" }, { limit: 10 })
    expect(items).toMatchObject([{ count: 2, mean: 4, max: 5 }])
    expect((await metrics.query("a", "other", { key: "function.concurrency" }, { limit: 10 })).items).toEqual([])
  })

  test("are exact for a million calls with queries all the while", async () => {
    const metrics = open({ storage: { ...storage, invocations: { ...storage.invocations, insert: async () => {} } } })
    let seen = 0
    for (let round = 1; round <= 100; round++) {
      const record = recordOf({ startedAt: time.now(), durationMs: round })
      for (let index = 0; index < 10_000; index++) metrics.record(record)
      if (round % 5 !== 0) continue
      const found = await total(metrics, round % 2 ? "1m" : "1h")
      expect(found).toBe(round * 10_000)
      seen = found
      await pass(5 * minute)
      if (round % 25 === 0) await keepUp(metrics)
      await metrics.recorder.flush()
    }
    expect(seen).toBe(1_000_000)
    await metrics.close()
    await keepUp(metrics)
    const after = open()
    for (const step of ["1m", "1h", "1d"]) expect(await total(after, step, "2d")).toBe(1_000_000)
    const { items } = await after.query("a", "f", { key, step: "1d" }, { limit: 1 })
    expect(items[0]).toMatchObject({ sum: 50_500_000, mean: 50.5, min: 1, max: 100 })
    for (const [name, exact] of [
      ["p50", 50],
      ["p95", 95],
      ["p99", 99],
    ] as const) {
      expect(Math.abs((items[0]?.[name] ?? 0) / exact - 1)).toBeLessThan(0.01)
    }
  })
})

describe("values of the host", () => {
  const record = (points: Parameters<Metrics["recordPoints"]>[1], metrics = open()) => metrics.recordPoints("a", points)

  test("are counted by key and dimensions", async () => {
    const metrics = open()
    record(
      [
        { key: "orders", value: 2, dimensions: { room: "1" } },
        { key: "orders", value: -3 },
      ],
      metrics,
    )
    expect(await total(metrics, "1m", "1h", "orders")).toBe(2)
    const query = { key: "orders", dimensions: { room: "1" } }
    expect((await metrics.query("a", undefined, query, { limit: 10 })).items).toMatchObject([{ count: 1, sum: 2 }])
  })

  test.each([
    ["0.value", { key: "a", value: Number.NaN }],
    ["0.value", { key: "a", value: Number.POSITIVE_INFINITY }],
    ["0.value", { key: "a", value: 1e101 }],
    ["0.at", { key: "a", value: 1, at: Number.NaN }],
    ["0.at", { key: "a", value: 1, at: start - day - 1 }],
    ["0.at", { key: "a", value: 1, at: start + minute + 1 }],
    ["0.key", { key: "function.errors", value: 1 }],
    ["0.key", { key: "a b", value: 1 }],
    ["0.dimensions.function", { key: "a", value: 1, dimensions: { function: "f" } }],
    ["0.dimensions.room", { key: "a", value: 1, dimensions: { room: "" } }],
    ["0.colour", { key: "a", value: 1, colour: "red" } as never],
  ])("are refused where %s is wrong, and nothing is stored", async (path, point) => {
    const metrics = open()
    expect(() => record([point, { key: "good", value: 1 }], metrics)).toThrow(
      expect.objectContaining({ code: "FN_006", issues: [{ path, message: expect.any(String) }] }),
    )
    expect(() => record([point], metrics)).toThrow(`Cannot record metrics: ${path} `)
    await expect(total(metrics, "1m", "1h", "good")).rejects.toMatchObject({ code: "FN_001" })
  })

  test("may be late by a day", async () => {
    const metrics = open()
    record([{ key: "a", value: 1, at: start - day }], metrics)
    expect(await total(metrics, "1m", "2d", "a")).toBe(1)
  })

  test("fold into other beyond the cap, with one warning a day", async () => {
    const metrics = open({ settings: { maxSeries: 3 } })
    const all = Array.from({ length: 10 }, (_, room) => ({ key: "a", value: 1, dimensions: { room: String(room) } }))
    record(all, metrics)
    record(all, metrics)
    const counts = async (room: string) =>
      (await metrics.query("a", undefined, { key: "a", dimensions: { room } }, { limit: 1 })).items[0]?.count
    expect(await Promise.all(["0", "2", "3", "other"].map(counts))).toEqual([2, 2, undefined, 14])
    expect(await total(metrics, "1m", "1h", "a")).toBe(20)
    expect(warnings).toEqual([expect.stringContaining('metric "a" of organisation "a" has more than 3')])
    await pass(day)
    record(all, metrics)
    expect(warnings).toHaveLength(2)
  })
})

describe("a query", () => {
  test("refuses a key that nothing was recorded under, and a step or a range that is none", async () => {
    const metrics = open()
    const query = (change: object) => metrics.query("a", undefined, { key, ...change }, { limit: 10 })
    await expect(query({ key: "function.duration" })).rejects.toThrow(
      /Cannot query key "function.duration".*function.duration_ms/,
    )
    expect((await query({})).items).toEqual([])
    for (const step of ["30s", "0m", "x", "400d", 5]) await expect(query({ step })).rejects.toThrow(/^Cannot read step/)
    await expect(query({ range: "x" })).rejects.toThrow(RangeError)
    await expect(query({ from: 1, to: 2 })).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "from", message: expect.stringContaining("range") }, { path: "to" }],
    })
    await expect(query({ range: { from: Number.NaN, to: 1 } })).rejects.toThrow(RangeError)
    await expect(metrics.query("a", undefined, { key }, { limit: 1, cursor: "x" })).rejects.toThrow(/cursor "x"/)
  })

  test("gives all points once in pages, however far apart they are", async () => {
    const metrics = open()
    for (const gap of [0, 1, 1, 7, 300, 2, 2000]) {
      await pass(gap * minute)
      call(metrics)
    }
    await pass(minute)
    const all: number[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await metrics.query(
        "a",
        undefined,
        { key, range: "7d", step: "1m" },
        { limit: 2, ...(cursor && { cursor }) },
      )
      expect(page.items.length).toBeLessThanOrEqual(2)
      all.push(...page.items.map(({ at }) => (at - start) / minute))
      cursor = page.next
    }
    expect(all).toEqual([0, 1, 2, 9, 309, 311, 2311])
  })

  test("gives steps of any whole number of minutes", async () => {
    const metrics = open()
    for (let index = 0; index < 12; index++) {
      call(metrics)
      await pass(minute)
    }
    const { items } = await metrics.query(
      "a",
      undefined,
      { key, step: "5m", range: { from: start, to: start + hour } },
      { limit: 10 },
    )
    expect(items.map(({ at, count }) => [at - start, count])).toEqual([
      [0, 5],
      [5 * minute, 5],
      [10 * minute, 2],
    ])
  })

  test("shows an hour that has only begun to the query's end whole", async () => {
    const metrics = open()
    await pass(50 * minute)
    call(metrics)
    const range = { from: start, to: start + 10 * minute }
    const { items } = await metrics.query("a", undefined, { key, step: "1h", range }, { limit: 10 })
    expect(items).toMatchObject([{ at: start, count: 1 }])
  })
})

describe("upkeep", () => {
  test("rolls up, forgets what is too old at each resolution, and keeps days for thirteen months", async () => {
    const metrics = open()
    for (let index = 0; index < 3; index++) {
      call(metrics)
      await pass(hour)
    }
    await pass(day)
    await keepUp(metrics)
    const range = { from: start, to: start + day }
    const count = async (step: string) => {
      const { items } = await metrics.query("a", "f", { key, step, range }, { limit: 100 })
      return items.reduce((sum, point) => sum + point.count, 0)
    }
    expect([await count("1m"), await count("1h"), await count("1d")]).toEqual([3, 3, 3])
    await pass(8 * day)
    await keepUp(metrics)
    expect([await count("1m"), await count("1h"), await count("1d")]).toEqual([0, 3, 3])
    await pass(90 * day)
    await keepUp(metrics)
    expect([await count("1m"), await count("1h"), await count("1d")]).toEqual([0, 0, 3])
    await pass(305 * day)
    await keepUp(metrics)
    expect(await count("1d")).toBe(3)
    await pass(40 * day)
    await keepUp(metrics)
    expect(await count("1d")).toBe(0)
    expect((await storage.metrics.listSeries("a", {}, { limit: 10 })).items).toEqual([])
  })

  test("refuses to forget what it could not have rolled up", () => {
    expect(() => open({ settings: { keepMinutesMs: minute } })).toThrow(/keepMinutesMs/)
    expect(() => open({ settings: { maxSeries: 0 } })).toThrow(/maxSeries/)
  })
})
