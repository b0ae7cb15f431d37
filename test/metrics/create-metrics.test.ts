import { afterEach, beforeEach, expect, test } from "vitest"
import { createMetrics, type Metrics } from "../../src/metrics/create-metrics.ts"
import type { Recorder } from "../../src/metrics/create-recorder.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { newId } from "../../src/util/id.ts"
import { openMemoryStorage } from "./memory-storage.ts"
import { recordOf } from "./records.ts"

const now = Date.UTC(2030, 0, 1)
let storage: Storage
let recorder: Recorder
let metrics: Metrics

beforeEach(async () => {
  storage = await openMemoryStorage()
  const onError = (error: unknown) => expect.fail(String(error))
  metrics = createMetrics({
    storage,
    now: () => now,
    wakeAfter: () => () => {},
    newId,
    tell: () => {},
    logger: { warn: expect.fail },
    onError,
  })
  recorder = metrics.recorder
})

afterEach(async () => {
  await metrics.close()
  await storage.close()
})

test("a summary counts what was recorded just before, this very millisecond included", async () => {
  for (let index = 1; index <= 100; index++) {
    recorder.record(
      recordOf({
        startedAt: now,
        durationMs: index,
        cpuMs: index / 2,
        memoryBytes: index * 1_000,
        status: index > 75 ? "failed" : "succeeded",
        coldStart: index <= 10,
      }),
    )
  }
  expect(await metrics.summary("a", "f", "work")).toEqual({
    name: "work",
    functionId: "f",
    range: { from: now + 1 - 86_400_000, to: now + 1 },
    count: 100,
    errors: 25,
    errorRate: 0.25,
    coldStartRate: 0.1,
    durationMs: { average: 50.5, p50: 50, p95: 95, p99: 99 },
    cpuMs: { average: 25.25, p50: 25, p95: 47.5, p99: 49.5 },
    memoryBytes: { average: 50_500, p50: 50_000, p95: 95_000, p99: 99_000 },
  })
})

test("a summary of nothing is all zeros", async () => {
  const none = { average: 0, p50: 0, p95: 0, p99: 0 }
  expect(await metrics.summary("a", "f", "work", "1h")).toMatchObject({
    count: 0,
    errors: 0,
    errorRate: 0,
    coldStartRate: 0,
    durationMs: none,
    cpuMs: none,
    memoryBytes: none,
  })
})

test("a summary leaves out other times, functions and organisations", async () => {
  const hour = 3_600_000
  recorder.record(recordOf({ startedAt: now - hour + 1 }))
  recorder.record(recordOf({ startedAt: now - hour }))
  recorder.record(recordOf({ startedAt: now, organisation: "b" }))
  recorder.record(recordOf({ startedAt: now, functionId: "g" }))
  expect(await metrics.summary("a", "f", "work", "1h")).toMatchObject({ count: 1 })
  expect(await metrics.summary("a", "f", "work", { from: 0, to: now })).toMatchObject({ count: 2 })
})

test("a wrong range is a wrong argument", async () => {
  await expect(metrics.summary("a", "f", "work", "yesterday")).rejects.toThrow(RangeError)
})
