import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { ascendingIds, sampleInvocation, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Counts and distributions. */
export function describeSummary({ it }: ContractRunner, subject: StorageSubject): void {
  const day = { from: sampleTime, to: sampleTime + 86_400_000 }
  const insert = async (durations: readonly number[]): Promise<void> => {
    const ids = ascendingIds(durations.length)
    const records = durations.map((durationMs, index) =>
      sampleInvocation(subject.organisation, "f", {
        ...(ids[index] !== undefined && { id: ids[index] }),
        durationMs,
        cpuMs: durationMs / 2,
        memoryBytes: Math.round(durationMs * 1000),
        status: index % 4 === 0 ? "failed" : "succeeded",
        coldStart: index === 0,
      }),
    )
    await subject.storage.invocations.insert(records)
  }
  const summarise = (range = day) => subject.storage.invocations.summarise(subject.organisation, "f", range)

  it("answers zeros where nothing was counted", async () => {
    const none = { average: 0, p50: 0, p95: 0, p99: 0 }
    deepEqual(await summarise(), {
      count: 0,
      errors: 0,
      coldStarts: 0,
      durationMs: none,
      cpuMs: none,
      memoryBytes: none,
    })
  })

  it("gives the one value of one invocation everywhere", async () => {
    await insert([12.5])
    deepEqual(await summarise(), {
      count: 1,
      errors: 1,
      coldStarts: 1,
      durationMs: { average: 12.5, p50: 12.5, p95: 12.5, p99: 12.5 },
      cpuMs: { average: 6.25, p50: 6.25, p95: 6.25, p99: 6.25 },
      memoryBytes: { average: 12_500, p50: 12_500, p95: 12_500, p99: 12_500 },
    })
  })

  it("takes nearest-rank percentiles of values in any order", async () => {
    await insert([4, 1, 3, 2])
    const { count, errors, durationMs } = await summarise()
    deepEqual(
      { count, errors, durationMs },
      { count: 4, errors: 1, durationMs: { average: 2.5, p50: 2, p95: 4, p99: 4 } },
    )
  })

  for (const count of [2, 3, 19, 20, 21, 99, 100, 101, 200, 257]) {
    it(`takes the values at ranks ceil(p × n) of ${count} invocations`, async () => {
      const values = Array.from({ length: count }, (_, index) => ((index * 7919) % count) + 1)
      await insert(values)
      const { durationMs, cpuMs, memoryBytes } = await summarise()
      const at = (percent: number) => Math.ceil((percent * count) / 100)
      const average = (count + 1) / 2
      deepEqual(durationMs, { average, p50: at(50), p95: at(95), p99: at(99) })
      deepEqual(cpuMs, { average: average / 2, p50: at(50) / 2, p95: at(95) / 2, p99: at(99) / 2 })
      deepEqual([memoryBytes.p50, memoryBytes.p95, memoryBytes.p99], [at(50) * 1000, at(95) * 1000, at(99) * 1000])
    })
  }

  it("counts from the beginning of the range up to, and without, its end", async () => {
    const { storage, organisation } = subject
    const times = [99, 100, 150, 199, 200]
    const records = times.map((startedAt) => sampleInvocation(organisation, "f", { startedAt, durationMs: startedAt }))
    await storage.invocations.insert(records)
    const summary = await summarise({ from: 100, to: 200 })
    equal(summary.count, 3)
    equal(summary.durationMs.p50, 150)
    equal(summary.durationMs.p99, 199)
  })

  it("takes bounds between two milliseconds, and none at all", async () => {
    const { storage, organisation } = subject
    const records = [100, 101, 102].map((startedAt) => sampleInvocation(organisation, "f", { startedAt }))
    await storage.invocations.insert(records)
    equal((await summarise({ from: 100.5, to: 101.5 })).count, 1)
    const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
    equal((await summarise(always)).count, 3)
    equal((await storage.invocations.list(organisation, { range: always }, { limit: 5 })).items.length, 3)
    equal(
      (await storage.invocations.list(organisation, { range: { from: 100.5, to: 101.5 } }, { limit: 5 })).items.length,
      1,
    )
  })

  it("counts one function only", async () => {
    const { storage, organisation } = subject
    await insert([1, 2, 3])
    await storage.invocations.insert([sampleInvocation(organisation, "g", { durationMs: 1000 })])
    equal((await summarise()).durationMs.p99, 3)
  })
}
