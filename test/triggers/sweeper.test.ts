import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { createSweeper } from "../../src/triggers/queue/sweeper.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }))
afterEach(() => void vi.useRealTimers())

it("What cannot be removed is told, and keeps nothing else from being removed", async () => {
  const storage = await openMemoryStorage()
  const told: unknown[] = []
  let sweptAll = () => {}
  const swept = new Promise<void>((resolve) => {
    sweptAll = resolve
  })
  const fault = new Error("The disk is full")
  const sweeper = createSweeper({
    queue: {
      ...storage.queue,
      expire: (status, before, limit) =>
        status === "succeeded" ? Promise.reject(fault) : storage.queue.expire(status, before, limit),
    },
    now: () => 5000,
    keepMs: { succeeded: 1000, cancelled: 2000, failed: 3000 },
    expireOthers: [
      () => Promise.reject(fault),
      async () => {
        sweptAll()
        return 0
      },
    ],
    onError: (error) => told.push(error),
  })
  sweeper.start()
  vi.advanceTimersByTime(600_000)
  await swept
  sweeper.stop()
  expect(told).toEqual([fault, fault])
  await storage.close()
})
