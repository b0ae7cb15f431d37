import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { NewJob } from "../../src/model/job.ts"
import type { DoJob, Queue } from "../../src/ports/queue.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { createConsumer } from "../../src/triggers/queue/consumer.ts"
import { createSharedQueue, createShares } from "../../src/triggers/queue/shared-queue.ts"
import { newId } from "../../src/util/id.ts"
import { wakeAfter } from "../../src/util/wake-after.ts"

const nowMs = 1_800_000_000_000
let storage: Storage
beforeEach(async () => {
  storage = sqlite(":memory:")
  await storage.open()
})
afterEach(() => storage.close())

function jobs(organisation: string, count: number): readonly NewJob[] {
  return Array.from({ length: count }, () =>
    sampleJob(organisation, { id: newId(nowMs), runAt: nowMs, createdAt: nowMs }),
  )
}

/** Has 20,000 jobs of one organisation accepted, and some of them taken; then ten of another come. */
async function flood(queue: Queue): Promise<void> {
  for (let put = 0; put < 20_000; put += 1000) await queue.put(jobs("noisy", 1000))
  for (let taken = 0; taken < 50; taken += 1) await queue.take({ limit: 10, leaseMs: 1e9, now: nowMs })
  await queue.put(jobs("quiet", 10))
}

/** How many jobs are taken until the last of the ten is. */
async function waitOfTen(queue: Queue): Promise<number> {
  let quiet = 0
  for (let taken = 1; ; taken += 1) {
    const { leases } = await queue.take({ limit: 1, leaseMs: 1e9, now: nowMs })
    quiet += leases.filter(({ job }) => job.organisation === "quiet").length
    if (quiet === 10) return taken
  }
}

describe("an organisation's ten jobs beside 20,000 of another", () => {
  it("wait for no more than twice the jobs that they would wait for alone", async () => {
    const queue = createSharedQueue(storage.queue, createShares({}))
    await flood(queue)
    expect(await waitOfTen(queue)).toBeLessThanOrEqual(20)
  })

  it("wait for less where the organisation has more weight", async () => {
    const queue = createSharedQueue(storage.queue, createShares({ weights: { quiet: 5 } }))
    await flood(queue)
    expect(await waitOfTen(queue)).toBeLessThanOrEqual(12)
  })

  it("find room at a worker, though none of the other's jobs ends", async () => {
    await flood(storage.queue)
    const begun: string[] = []
    const stopped = new AbortController()
    let onTen = () => {}
    const ten = new Promise<void>((resolve) => {
      onTen = resolve
    })
    const work: DoJob = async ({ job }) => {
      begun.push(job.organisation)
      if (begun.filter((organisation) => organisation === "quiet").length === 10) onTen()
      if (job.organisation === "noisy")
        await new Promise((resolve) => stopped.signal.addEventListener("abort", resolve))
      return { outcome: "succeeded", result: null, attempt: null }
    }
    const consumer = createConsumer({
      queue: storage.queue,
      work: {
        ...{ function: work, pipeline: work, message: work, event: work, notification: work, forecast: work },
        points: work,
      },
      judgeFault: () => Promise.reject(new Error("No work fails here.")),
      now: () => nowMs,
      wakeAfter,
      concurrency: 8,
      onError: (error) => expect(error).toBeUndefined(),
    })
    consumer.start()
    await ten
    expect(begun.filter((organisation) => organisation === "noisy")).toHaveLength(6)
    stopped.abort()
    await consumer.stop(0)
  })
})

describe("shares of the queue that make no sense", () => {
  it("are refused when the service opens", () => {
    expect(() => createShares({ weights: { quiet: 0 } })).toThrow(RangeError)
    expect(() => createShares({ organisationConcurrency: 0.5 })).toThrow(RangeError)
  })
})
