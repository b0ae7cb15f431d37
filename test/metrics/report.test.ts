import { afterEach, beforeEach, expect, test } from "vitest"
import { createMetrics, type Metrics } from "../../src/metrics/create-metrics.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { newId } from "../../src/util/id.ts"
import { openMemoryStorage } from "./memory-storage.ts"
import { recordOf } from "./records.ts"

const day = 86_400_000
const source = { functionId: "f", name: "work" }
let storage: Storage
let metrics: Metrics
let now: number

beforeEach(async () => {
  storage = await openMemoryStorage()
  now = Date.UTC(2026, 8, 30)
  metrics = createMetrics({
    storage,
    now: () => now,
    wakeAfter: () => () => {},
    newId,
    tell: () => {},
    logger: { warn: expect.fail },
    onError: (error) => expect.fail(String(error)),
  })
})

afterEach(async () => {
  await metrics.close()
  await storage.close()
})

/** Calls that end at a time, all of them within the same minute. */
function calls(at: number, durations: readonly number[], failed = 0): void {
  now = at
  for (const [index, durationMs] of durations.entries()) {
    const status = index < failed ? "failed" : "succeeded"
    metrics.record(recordOf({ startedAt: at - durationMs, durationMs, cpuMs: durationMs / 2, status }))
  }
}

test("a report has each day with calls, the month before, and the trend", async () => {
  calls(Date.UTC(2026, 8, 30, 23, 59), [50, 50], 1)
  calls(Date.UTC(2026, 9, 1), [50, 60])
  calls(Date.UTC(2026, 9, 31, 23, 59, 59), [70, 90, 110, 130], 1)
  calls(Date.UTC(2026, 10, 1), [1000])
  const { days, ...report } = await metrics.report("a", source, "2026-10")
  expect(report).toMatchObject({
    name: "work",
    functionId: "f",
    month: "2026-10",
    total: { invocations: 6, durationMs: { average: 85, variance: 4750 / 6 }, errorRate: { average: 1 / 6 } },
    before: { month: "2026-09", total: { invocations: 2, errorRate: { average: 0.5, variance: 0.25 } } },
  })
  expect(days).toMatchObject([
    { date: "2026-10-01", invocations: 2, durationMs: { average: 55, variance: 25 }, errorRate: { average: 0 } },
    { date: "2026-10-31", invocations: 4, durationMs: { average: 100, variance: 500 }, cpuMs: { average: 50 } },
  ])
  expect(report.trend.invocations).toBeCloseTo(2)
  expect(report.trend.durationMs).toBeCloseTo(0.7)
  expect(report.trend.errorRate).toBeCloseTo(-2 / 3)
  expect(report.trend.coldStartRate).toBeNull()
})

test("a report is the same once its days were written, rolled up and the minutes and hours are gone", async () => {
  for (let index = 0; index < 60; index++) calls(Date.UTC(2026, 8, 1) + index * day, [index, index + 10], index % 2)
  const before = await metrics.report("a", source, "2026-09")
  await metrics.close()
  now += 100 * day
  for (const step of metrics.upkeep) while ((await step(now, 7)) === 7);
  expect(
    (await metrics.query("a", "f", { key: "function.errors", range: { from: 0, to: now } }, { limit: 1000 })).items,
  ).toHaveLength(60)
  expect(await metrics.report("a", source, "2026-09")).toEqual(before)
  expect(before.days).toHaveLength(30)
})

test("a report is of the present month where none is given, and of a month that is one", async () => {
  expect(await metrics.report("a", source)).toMatchObject({
    month: "2026-09",
    days: [],
    total: { invocations: 0, durationMs: { average: 0, p99: 0 } },
    trend: { invocations: null, durationMs: null },
  })
  for (const month of ["2026-13", "2026-1", "October", "", "2026-10-01"]) {
    await expect(metrics.report("a", source, month)).rejects.toThrow(/^Cannot report on month/)
  }
  expect((await metrics.report("a", source, "2027-01")).before.month).toBe("2026-12")
})
