import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { firstLease } from "../../src/model/job.ts"
import type { Queue, Verdict } from "../../src/ports/queue.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { lost } from "../../src/triggers/queue/lease-keeper.ts"
import { createSettler } from "../../src/triggers/queue/settler.ts"

const succeeded: Verdict = { outcome: "succeeded", result: null, attempt: null }

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A settler on a queue that counts, and that fails as long as it is told to. */
function start({ isBusy = false, isFailing = false } = {}) {
  const state = { isFailing, asked: 0 }
  const told: string[] = []
  const queue: Pick<Queue, "settle"> = {
    async settle() {
      state.asked += 1
      if (state.isFailing) throw new Error("The disk is full.")
      return []
    },
  }
  const settler = createSettler({
    queue,
    now: () => 0,
    isBusy: () => isBusy,
    onError: (error) => told.push(String(error)),
  })
  const work = () => ({
    lease: firstLease(sampleJob("o", { id: "one", leasedUntil: 30_000 })),
    controller: new AbortController(),
  })
  return { settler, state, told, work }
}

it("writes an end down at once where little is under way", async () => {
  const { settler, state, work } = start()
  await settler.settle(work(), succeeded)
  expect(state.asked).toBe(1)
})

it("has ends wait a moment for one another where much is under way, and never for more than are enough", async () => {
  const { settler, state, work } = start({ isBusy: true })
  const few = [settler.settle(work(), succeeded), settler.settle(work(), succeeded)]
  await vi.advanceTimersByTimeAsync(5)
  expect(state.asked).toBe(0)
  await vi.advanceTimersByTimeAsync(20)
  await Promise.all(few)
  expect(state.asked).toBe(2)
  const many = Array.from({ length: 32 }, () => settler.settle(work(), succeeded))
  await Promise.all(many)
  expect(state.asked).toBe(34)
})

it("tries what fails again after longer and longer pauses, and tells of it once", async () => {
  const { settler, state, told, work } = start({ isFailing: true })
  const settled = settler.settle(work(), succeeded)
  await vi.advanceTimersByTimeAsync(249)
  expect(state.asked).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(state.asked).toBe(2)
  await vi.advanceTimersByTimeAsync(499)
  expect(state.asked).toBe(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(state.asked).toBe(3)
  state.isFailing = false
  await vi.advanceTimersByTimeAsync(1000)
  await settled
  expect(state.asked).toBe(4)
  expect(told).toEqual(["Error: The disk is full."])
})

it("gives up in the end, and says what becomes of the job", async () => {
  const { settler, state, told, work } = start({ isFailing: true })
  const settled = settler.settle(work(), succeeded)
  await vi.advanceTimersByTimeAsync(120_000)
  await settled
  expect(state.asked).toBe(12)
  expect(told).toHaveLength(2)
  expect(told[1]).toBe(
    'Error: Cannot write down how function job "one" of organisation "o" ended: 12 tries have failed. It is done again once its lease has run out.',
  )
})

it("tries no more once the lease is lost", async () => {
  const { settler, state, work } = start({ isFailing: true })
  const leased = work()
  const settled = settler.settle(leased, succeeded)
  await vi.advanceTimersByTimeAsync(0)
  leased.controller.abort(lost)
  await vi.advanceTimersByTimeAsync(250)
  await settled
  expect(state.asked).toBe(1)
})

it("tries once more when the service closes, without waiting out its pause", async () => {
  const { settler, state, work } = start({ isFailing: true })
  const settled = settler.settle(work(), succeeded)
  await vi.advanceTimersByTimeAsync(0)
  settler.stop()
  await settled
  expect(state.asked).toBe(2)
})
