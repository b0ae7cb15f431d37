import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions } from "../../src/index.ts"
import { silent } from "./service.ts"

/** A busy machine may take its time: what is awaited comes, or does not. */
const patience = { timeout: 60_000, interval: 20 }

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
afterEach(() => vi.useRealTimers())

it.each([0, 4])("clears up what has had its time in a process that does %i jobs at once", async (concurrency) => {
  const storage = sqlite(":memory:")
  const expireJobs = vi.spyOn(storage.queue, "expire")
  const expireFirings = vi.spyOn(storage.triggers, "expireFirings")
  const expireAlerts = vi.spyOn(storage.alerts, "expire")
  const functions = await createFunctions({ storage, authenticate: "open", logger: silent, queue: { concurrency } })
  vi.advanceTimersByTime(120_000)
  await vi.waitFor(() => expect(expireAlerts).toHaveBeenCalled(), patience)
  expect(expireJobs.mock.calls.map(([status]) => status).sort()).toEqual(["cancelled", "failed", "succeeded"])
  expect(expireFirings).toHaveBeenCalled()
  await functions.close({ graceMs: 0 })
})

it("A step that fails is told of, and keeps no other from clearing up", async () => {
  const storage = sqlite(":memory:")
  vi.spyOn(storage.queue, "expire").mockRejectedValue(new Error("the queue is locked"))
  vi.spyOn(storage.logs, "expire").mockRejectedValue(new Error("the logs are locked"))
  const spies = [
    vi.spyOn(storage.triggers, "expireFirings"),
    vi.spyOn(storage.errorGroups, "expire"),
    vi.spyOn(storage.traces, "expire"),
  ]
  const told: string[] = []
  const functions = await createFunctions({
    storage,
    authenticate: "open",
    logger: silent,
    onError: (error) => told.push((error as Error).message),
  })
  vi.advanceTimersByTime(120_000)
  await vi.waitFor(() => expect(spies.map((spy) => spy.mock.calls.length)).toEqual([1, 1, 1]), patience)
  expect(told).toEqual([...Array(3).fill("the queue is locked"), "the logs are locked"])
  await functions.close({ graceMs: 0 })
})
