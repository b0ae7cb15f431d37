import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { createSweeper } from "../../src/triggers/queue/sweeper.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
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
    random: () => 0,
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

it.each([
  [0, 60, 400],
  [0.5, 90, 600],
])(
  "first sweeps in the second minute after the start, and then every few minutes: a share of %d after %d s and %d s",
  async (share, first, further) => {
    const storage = await openMemoryStorage()
    let sweeps = 0
    let heard = () => {}
    const sweeper = createSweeper({
      queue: storage.queue,
      now: () => 5000,
      random: () => share,
      keepMs: { succeeded: 1000, cancelled: 1000, failed: 1000 },
      expireOthers: [
        async () => {
          sweeps += 1
          heard()
          return 0
        },
      ],
      onError: (error) => expect.fail(String(error)),
    })
    sweeper.start()
    for (const seconds of [first, further, further]) {
      const before = sweeps
      const swept = new Promise<void>((resolve) => {
        heard = resolve
      })
      vi.advanceTimersByTime(seconds * 1000 - 1)
      expect(sweeps).toBe(before)
      vi.advanceTimersByTime(1)
      await swept
      await new Promise((resolve) => setImmediate(resolve))
      expect(sweeps).toBe(before + 1)
    }
    sweeper.stop()
    vi.advanceTimersByTime(10_000_000)
    expect(sweeps).toBe(3)
    await storage.close()
  },
)
