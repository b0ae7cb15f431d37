import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Lease } from "../../src/model/job.ts"
import { createLeaseKeeper, type LeasedWork, lost } from "../../src/triggers/queue/lease-keeper.ts"

const leaseMs = 30_000
beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

function work(): LeasedWork {
  return { lease: { until: Date.now() + leaseMs } as Lease, controller: new AbortController() }
}

function keeper(renew: (leases: readonly Lease[], until: number) => Promise<readonly Lease[]>) {
  return createLeaseKeeper({ queue: { renew }, leaseMs, now: Date.now, onError: () => {} })
}

it("keeps what it can renew for as long as it takes", async () => {
  const kept = work()
  const leases = keeper(async () => [])
  leases.keep(kept)
  await vi.advanceTimersByTimeAsync(20 * leaseMs)
  expect(kept.controller.signal.aborted).toBe(false)
  expect(kept.lease.until).toBeGreaterThan(20 * leaseMs)
  leases.release(kept)
  expect(vi.getTimerCount()).toBe(0)
})

it.each([
  ["fails", () => Promise.reject(new Error("The connection is gone."))],
  ["does not even answer", () => new Promise<never>(() => {})],
])("ends the work before its lease runs out where the storage %s", async (_, renew) => {
  const cutOff = work()
  const leases = keeper(renew)
  leases.keep(cutOff)
  await vi.advanceTimersByTimeAsync(leaseMs * 0.75)
  expect(cutOff.controller.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(leaseMs * 0.2)
  expect(cutOff.controller.signal.reason).toBe(lost)
  leases.stop()
})

it("counts from when the lease was given, not from when it came to know of it", async () => {
  const late = work()
  await vi.advanceTimersByTimeAsync(leaseMs / 2)
  const leases = keeper(() => new Promise(() => {}))
  leases.keep(late)
  await vi.advanceTimersByTimeAsync(leaseMs / 2 - 1)
  expect(late.controller.signal.aborted).toBe(true)
  leases.stop()
})

it("goes on after an answer that never came, and ends what others have taken over", async () => {
  const [kept, taken] = [work(), work()]
  let calls = 0
  const leases = keeper((given) => {
    calls += 1
    return calls === 1 ? new Promise(() => {}) : Promise.resolve(given.filter((lease) => lease === taken.lease))
  })
  leases.keep(kept)
  leases.keep(taken)
  await vi.advanceTimersByTimeAsync(3 * leaseMs)
  expect([kept.controller.signal.aborted, taken.controller.signal.aborted]).toEqual([false, true])
  leases.stop()
})
