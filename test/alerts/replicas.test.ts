import { expect, it, onTestFinished, vi } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { preparePostgres } from "../storage/support/postgres.ts"
import { type Replica, shareStorage } from "./replica.ts"

const minute = 60_000
const hour = 60 * minute
const condition = { type: "threshold", metric: "errorRate", operator: "gt", threshold: 0.15 } as const
const postgres = preparePostgres()

/** What other processes measured is in the storage a moment after its minute. */
async function written(storage: Storage, parts: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { items } = await storage.metrics.listSeries("o", { key: "function.errors" }, { limit: 10 })
      const ids = items.map(({ id }) => id)
      const windows = await storage.metrics.read("o", ids, 60_000, { from: 0, to: 2 ** 50 })
      expect(new Set(windows.map(({ part }) => part)).size).toBe(parts)
    },
    { timeout: 30_000, interval: 20 },
  )
}

async function openAll(storage: Storage): Promise<ReturnType<typeof shareStorage>> {
  await storage.open()
  onTestFinished(() => storage.close())
  return shareStorage(storage)
}

function closeAtEnd(...replicas: readonly Replica[]): void {
  onTestFinished(async () => {
    for (const replica of replicas) await replica.close()
  })
}

it.each([
  ["SQLite", () => sqlite(":memory:")],
  ["PostgreSQL", () => postgres.createStorage()],
])("A rate over the calls of two processes on %s opens one alert, which is told once", async (_, createStorage) => {
  const shared = await openAll(createStorage())
  const [first, second] = [shared.open(), shared.open()]
  closeAtEnd(first, second)
  await first.alerts.saveRule("o", { name: "Errors", condition })
  await shared.advance(30_000)
  // Neither has ten calls by itself.
  for (const replica of [first, second]) for (let index = 0; index < 6; index++) replica.call(index === 0)
  await shared.advance(32_000)
  await written(shared.storage, 2)
  await shared.advance(8000)
  await shared.tell()
  expect(shared.notifier.told).toHaveLength(1)
  expect(shared.notifier.told[0]?.alert).toMatchObject({
    count: 1,
    occasion: { value: 2 / 12, finding: { count: 12 } },
  })
  expect((await first.alerts.list("o", {}, { limit: 10 })).items).toHaveLength(1)
})

it("A report is sent once, however many processes there are", async () => {
  const shared = await openAll(sqlite(":memory:"))
  const { functions } = shared.storage
  const about = { organisation: "o", description: null, environment: {}, triggers: [], createdAt: 0, updatedAt: 0 }
  await functions.create({ ...about, id: "1", name: "work", activeVersion: null })
  const replicas = [shared.open(), shared.open(), shared.open()]
  closeAtEnd(...replicas)
  for (const replica of replicas) replica.call(false)
  await shared.advance(minute + 2000)
  await written(shared.storage, 3)
  await shared.advance(30 * hour)
  await shared.tell()
  expect(shared.notifier.told.map(({ title }) => title)).toEqual(["Daily report from 2026-01-01: o"])
  expect(shared.notifier.told[0]?.digest?.functions).toMatchObject([{ name: "work", total: { invocations: 3 } }])
  // One that dies after it has put the jobs is followed by another.
  await shared.storage.alerts.wakeChecks([{ organisation: "o", id: "digest:daily" }], shared.now())
  await shared.advance(minute)
  await shared.tell()
  expect(shared.notifier.told).toHaveLength(1)
})

it("A process that dies while it looks at a rule is followed by another, and a moment counts once", async () => {
  const shared = await openAll(sqlite(":memory:"))
  const { alerts } = shared.storage
  const dying = shared.open()
  const rule = await dying.alerts.saveRule("o", { name: "Errors", condition: { ...condition, minCount: 1 } })
  dying.call(true)
  await shared.advance(minute + 4000)
  await dying.close()
  // It had taken the rule, and never said what came of it.
  await shared.advance(2000)
  const { checks } = await alerts.takeChecks({ now: shared.now(), until: shared.now() + minute, limit: 10 })
  expect(checks).toEqual([{ organisation: "o", id: rule.id }])
  const next = shared.open()
  closeAtEnd(next)
  await shared.advance(59_000)
  expect((await next.alerts.list("o", {}, { limit: 10 })).items).toEqual([])
  await shared.advance(2000)
  expect((await next.alerts.list("o", {}, { limit: 10 })).items).toMatchObject([{ count: 1, status: "firing" }])
  // Another one looks at the same moment once more.
  await alerts.wakeChecks([{ organisation: "o", id: rule.id }], shared.now())
  const third = shared.open()
  closeAtEnd(third)
  await shared.advance(1000)
  expect((await next.alerts.list("o", {}, { limit: 10 })).items).toMatchObject([{ count: 1 }])
})

it("A series that went silent before a restart is known by when it was last seen", async () => {
  const shared = await openAll(sqlite(":memory:"))
  const before = shared.open()
  before.metrics.recordPoints("o", [{ key: "heart.beat", value: 1 }])
  await before.alerts.saveRule("o", {
    name: "Heart",
    condition: { type: "missing", metric: "heart.beat", expectedEveryMs: 5 * minute },
  })
  await shared.advance(minute + 2000)
  await before.close()
  await shared.advance(3 * 86_400_000)
  const after = shared.open()
  closeAtEnd(after)
  await shared.advance(1000)
  const { items } = await after.alerts.list("o", {}, { limit: 10 })
  expect(items[0]?.occasion.finding).toMatchObject({
    lastSeenAt: Date.UTC(2026, 0, 1, 0, 1),
    missingMs: 3 * 86_400_000 - minute,
  })
})
