import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { failure, idsOf, type QueueSubject, sampleAttempt, start } from "./subject.ts"

/** How jobs end, or go on. */
export function describeSettling({ it }: ContractRunner, subject: () => QueueSubject): void {
  const leaseOne = async (given = {}) => {
    const { put, take } = subject()
    await put(given)
    const [lease] = await take()
    if (!lease) throw new Error("Cannot go on: the job was not leased")
    return lease
  }
  const at = start + 5

  it("keeps the result of a job that succeeded", async () => {
    const { queue, find, take } = subject()
    const lease = await leaseOne()
    const attempt = sampleAttempt(1)
    deepEqual(await queue.settle([{ lease, outcome: "succeeded", result: '{"a":1}', attempt, at }]), [])
    const job = await find(lease.job.id)
    deepEqual(
      [job?.status, job?.result, job?.error, job?.attempts, job?.updatedAt],
      ["succeeded", '{"a":1}', null, [attempt], at],
    )
    deepEqual(await take({ now: start + 1e9 }), [])
  })

  it("tries a job again when it is told to, and keeps every try", async () => {
    const { queue, find, take } = subject()
    const lease = await leaseOne()
    const first = sampleAttempt(1, failure)
    await queue.settle([{ lease, outcome: "again", runAt: start + 100, attempt: first, at }])
    const waiting = await find(lease.job.id)
    deepEqual([waiting?.status, waiting?.error, waiting?.runAt], ["delayed", failure, start + 100])
    deepEqual(await take({ now: start + 99 }), [])
    const [again] = await take({ now: start + 100 })
    deepEqual([again?.job.attempt, again?.job.attempts], [2, [first]])
  })

  it("does not count a try that is handed back, and keeps the payload that comes with it", async () => {
    const { queue, take } = subject()
    const lease = await leaseOne()
    await queue.settle([{ lease, outcome: "again", runAt: start, payload: '"next"', attempt: null, at }])
    const [again] = await take()
    deepEqual([again?.job.attempt, again?.job.attempts, again?.job.payload], [1, [], '"next"'])
  })

  it("does not count tries that the service itself failed at, and keeps them as one", async () => {
    const { queue, find, take } = subject()
    const lease = await leaseOne()
    await queue.settle([{ lease, outcome: "again", runAt: start, attempt: sampleAttempt(1, failure), at }])
    for (const faults of [1, 2]) {
      const [next] = await take()
      if (!next) throw new Error("Cannot go on: the job was not leased")
      const attempt = { ...sampleAttempt(2, failure), faults }
      await queue.settle([{ lease: next, outcome: "again", runAt: start, attempt, at }])
      deepEqual((await find(lease.job.id))?.attempts, [sampleAttempt(1, failure), attempt])
    }
    const [last] = await take()
    equal(last?.job.attempt, 2)
    if (last) await queue.settle([{ lease: last, outcome: "succeeded", result: null, attempt: sampleAttempt(2), at }])
    deepEqual(
      (await find(lease.job.id))?.attempts.map(({ number, faults }) => [number, faults]),
      [
        [1, undefined],
        [2, 2],
        [2, undefined],
      ],
    )
  })

  it("keeps a job that failed for good, with its error and its tries", async () => {
    const { queue, organisation, find, take } = subject()
    const lease = await leaseOne()
    const attempt = sampleAttempt(1, failure)
    await queue.settle([{ lease, outcome: "failed", error: failure, attempt, at }])
    const job = await find(lease.job.id)
    deepEqual([job?.status, job?.error, job?.attempts], ["failed", failure, [attempt]])
    deepEqual(await take({ now: start + 1e9 }), [])
    const { items } = await queue.list(organisation, { status: "failed" }, { limit: 10 })
    deepEqual(items, [job])
  })

  it("does not hear a worker whose lease another one has taken over", async () => {
    const { queue, take, find } = subject()
    const old = await leaseOne()
    const [lease] = await take({ now: start + 10_000 })
    if (!lease) throw new Error("Cannot go on: the job was not leased")
    deepEqual(await queue.settle([{ lease: old, outcome: "succeeded", result: '"old"', attempt: null, at }]), [old])
    deepEqual(await queue.settle([{ lease, outcome: "succeeded", result: '"new"', attempt: null, at }]), [])
    deepEqual(await queue.settle([{ lease, outcome: "failed", error: failure, attempt: null, at }]), [lease])
    equal((await find(lease.job.id))?.result, '"new"')
  })

  it("settles many at once, in every way", async () => {
    const { queue, put, take, find } = subject()
    const ids = await put(...Array.from({ length: 30 }, () => ({})))
    const leases = await take()
    const attempt = sampleAttempt(1)
    const lost = await Promise.all(
      leases.map((lease, index) =>
        queue.settle([
          index % 3 === 0
            ? { lease, outcome: "succeeded", result: null, attempt, at }
            : index % 3 === 1
              ? { lease, outcome: "again", runAt: at, attempt, at }
              : { lease, outcome: "cancelled", error: failure, attempt, at },
        ]),
      ),
    )
    deepEqual(lost.flat(), [])
    const statuses = await Promise.all(ids.map(async (id) => (await find(id))?.status))
    deepEqual(
      statuses,
      ids.map((_, index) => ["succeeded", "delayed", "cancelled"][index % 3]),
    )
  })

  it("cancels a job that waits, and does not hear the worker of one that runs", async () => {
    const { queue, organisation, put, take, find } = subject()
    const lease = await leaseOne()
    const [waiting = "", delayed = ""] = await put({}, { runAt: start + 100 })
    for (const id of [waiting, delayed, lease.job.id]) await queue.cancel(organisation, id, failure, at)
    deepEqual(await take({ now: start + 1e9 }), [])
    for (const id of [waiting, delayed, lease.job.id]) equal((await find(id))?.status, "cancelled")
    deepEqual(await queue.settle([{ lease, outcome: "succeeded", result: null, attempt: null, at }]), [lease])
    deepEqual(await queue.renew([lease], at + 1e6), [lease])
    equal(await queue.cancel(organisation, "nothing", failure, at), null)
    equal((await queue.cancel(organisation, waiting, failure, at))?.status, "cancelled")
  })

  it("hastens a job that is delayed, or that is about to be", async () => {
    const { queue, organisation, put, take } = subject()
    const lease = await leaseOne()
    const [later = ""] = await put({ runAt: start + 1e9 })
    for (const id of [later, lease.job.id]) await queue.hasten(organisation, id, start + 50)
    await queue.settle([{ lease, outcome: "again", runAt: start + 1e9, attempt: null, at }])
    deepEqual(await take({ now: start + 49 }), [])
    equal((await take({ now: start + 50 })).length, 2)
  })

  it("lets the next of a lane go where one of it is cancelled", async () => {
    const { queue, organisation, put, take } = subject()
    const flow = { gathering: null, throttle: null, lanes: [{ key: "k", limit: 1 }] }
    const [first = "", second] = await put({ flow }, { flow })
    await queue.cancel(organisation, first, failure, at)
    deepEqual(idsOf(await take()), [second])
  })
}
