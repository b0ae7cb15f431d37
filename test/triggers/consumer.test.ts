import { expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { firstLease } from "../../src/model/job.ts"
import type { DoJob, Queue, Settlement, TakeResult } from "../../src/ports/queue.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { createConsumer } from "../../src/triggers/queue/consumer.ts"
import { wakeAfter } from "../../src/util/wake-after.ts"

const now = 1_800_000_000_000

/** A queue in memory with so many jobs, which counts takes, and has ends written down when it is told to. */
async function startWith(count: number, concurrency: number) {
  const storage = sqlite(":memory:")
  await storage.open()
  const taken: number[] = []
  let ends = 0
  let letSettle = () => {}
  const settling = new Promise<void>((resolve) => {
    letSettle = resolve
  })
  let allDone = () => {}
  const done = new Promise<void>((resolve) => {
    allDone = resolve
  })
  const queue: Queue = {
    ...storage.queue,
    async take(request) {
      const result = await storage.queue.take(request)
      taken.push(result.leases.length)
      return result
    },
    async settle(settlements) {
      await settling
      return storage.queue.settle(settlements)
    },
  }
  await queue.put(
    Array.from({ length: count }, (_, index) =>
      sampleJob(`o${index % 4}`, { id: `${index}`, payload: "{}", runAt: now, createdAt: now }),
    ),
  )
  const end: DoJob = async () => {
    ends += 1
    if (ends === count) allDone()
    return { outcome: "succeeded", result: null, attempt: null }
  }
  const work = { function: end, pipeline: end, message: end, event: end, notification: end, forecast: end, points: end }
  const consumer = createConsumer({
    queue,
    work,
    judgeFault: () => Promise.reject(new Error("No work fails here.")),
    now: () => now,
    wakeAfter: () => () => {},
    concurrency,
    onError: fail,
  })
  consumer.start()
  return {
    consumer,
    queue,
    taken,
    done,
    letSettle,
    async close() {
      letSettle()
      await consumer.stop(0)
      await storage.close()
    },
  }
}

function fail(error: unknown): never {
  throw error
}

it("begins others while the ends of those that are done are written down, of as many again", async () => {
  const { done, close, taken } = await startWith(16, 8)
  await done
  expect(taken.reduce((sum, count) => sum + count, 0)).toBe(16)
  await close()
})

it("does all jobs by takes of many, and looks no more once a take has left nothing", async () => {
  const { done, letSettle, close, taken } = await startWith(400, 16)
  letSettle()
  await done
  await close()
  expect(taken.reduce((sum, count) => sum + count, 0)).toBe(400)
  expect(taken.length).toBeLessThan(400 / 4 + 10)
})

it("looks for no more after a job that was put here with its lease, and that a take has not left behind", async () => {
  const { consumer, queue, taken, letSettle, close } = await startWith(0, 8)
  letSettle()
  await expect.poll(() => taken).toEqual([0])
  const job = sampleJob("o", { id: "own", payload: "{}", runAt: now, createdAt: now, leasedUntil: now + 30_000 })
  await consumer.adopt(async () => {
    await queue.put([job])
    return { lease: firstLease(job) }
  })
  await expect.poll(async () => (await queue.find("o", "own"))?.status).toBe("succeeded")
  // A take that the end asks for would be before this answer.
  await queue.find("o", "own")
  expect(taken).toEqual([0])
  await close()
})

it("hands back at once what a take brings after the grace of its stop", async () => {
  let answer = (_result: TakeResult) => {}
  const taken = new Promise<TakeResult>((resolve) => {
    answer = resolve
  })
  const settled: Settlement[] = []
  const queue: Pick<Queue, "take" | "settle" | "watch" | "renew"> = {
    take: () => taken,
    async settle(settlements) {
      settled.push(...settlements)
      return []
    },
    watch: () => () => {},
    renew: async () => [],
  }
  const untilAborted = (_: unknown, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener("abort", () => reject(signal.reason))
    })
  const work = {
    function: untilAborted,
    pipeline: untilAborted,
    message: untilAborted,
    event: untilAborted,
    notification: untilAborted,
    forecast: untilAborted,
    points: untilAborted,
  }
  const judgeFault = async () => ({ outcome: "again", runAt: 0, attempt: null }) as const
  const surroundings = { now: Date.now, wakeAfter, onError: () => {} }
  const consumer = createConsumer({ queue: queue as Queue, work, judgeFault, ...surroundings })
  consumer.start()
  const stopped = consumer.stop(0)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const lease = firstLease(sampleJob("o", { leasedUntil: Date.now() + 30_000 }))
  answer({ leases: [lease], nextAt: null })
  await stopped
  expect(settled).toMatchObject([{ lease, outcome: "again", attempt: null }])
})

it("tells once a minute of takes that fail alike, and at once of another failure", async () => {
  let time = now
  let fault = new Error("The database is read-only.")
  let again = () => {}
  const told: unknown[] = []
  const queue: Pick<Queue, "take" | "watch"> = { take: () => Promise.reject(fault), watch: () => () => {} }
  const ask = () => new Promise<void>((resolve) => setImmediate(resolve))
  const consumer = createConsumer({
    queue: queue as Queue,
    work: {} as never,
    judgeFault: () => Promise.reject(new Error("No work fails here.")),
    now: () => time,
    wakeAfter(ms, wake) {
      again = () => {
        time += ms
        wake()
      }
      return () => {}
    },
    onError: (error) => told.push(error),
  })
  consumer.start()
  await ask()
  for (let second = 0; second < 59; second += 1) {
    again()
    await ask()
  }
  expect(told).toEqual([fault])
  again()
  await ask()
  expect(told).toEqual([fault, fault])
  fault = new Error("It is gone.")
  again()
  await ask()
  expect(told.slice(2)).toEqual([fault])
  await consumer.stop(0)
})
