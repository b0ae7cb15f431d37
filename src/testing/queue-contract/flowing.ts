import { deepEqual, equal } from "node:assert/strict"
import type { Flow, Lane } from "../../model/flow.ts"
import type { Lease } from "../../model/job.ts"
import type { Settlement } from "../../ports/queue.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { failure, idsOf, type QueueSubject, sampleAttempt, start } from "./subject.ts"

const noFlow: Flow = { gathering: null, throttle: null, lanes: [] }

function laneFlow(...lanes: readonly Lane[]): Flow {
  return { ...noFlow, lanes }
}

function throttleFlow(limit: number, periodMs: number, burst = 1): Flow {
  return { ...noFlow, throttle: { key: "k", limit, periodMs, burst } }
}

function succeeded(lease: Lease | undefined, at = start): readonly Settlement[] {
  return lease ? [{ lease, outcome: "succeeded", result: "1", attempt: sampleAttempt(1), at }] : []
}

/** What jobs pass before a worker may take them. */
export function describeFlowing({ it }: ContractRunner, subject: () => QueueSubject): void {
  it("has no more jobs of a lane waiting or running than the lane allows", async () => {
    const { put, take, queue, find } = subject()
    const flow = laneFlow({ key: "customer-1", limit: 2 })
    const [a, b, c = "", d = ""] = await put({ flow }, { flow }, { flow }, { flow, priority: 1 })
    const [free] = await put({})
    const leases = await take()
    deepEqual(idsOf(leases), [a, b, free])
    equal((await find(c))?.status, "held")
    const [lease] = leases
    if (!lease) return
    await queue.settle([{ lease, outcome: "succeeded", result: null, attempt: null, at: start }])
    deepEqual(idsOf(await take()), [d])
  })

  it("keeps to a lane's limit where jobs come, go and are tried again at once", async () => {
    const { put, take, queue } = subject()
    const flow = laneFlow({ key: "customer-1", limit: 3 })
    await Promise.all(Array.from({ length: 10 }, () => put({ flow })))
    await Promise.all(Array.from({ length: 5 }, () => put({ flow, runAt: start + 1 })))
    let done = 0
    for (let round = 0; done < 15 && round < 100; round += 1) {
      const leases = await take({ now: start + 1000 * round })
      equal(leases.length <= 3, true)
      await Promise.all(
        leases.map((lease, index) => {
          const at = start + 1000 * round + 1
          const attempt = sampleAttempt(1, failure)
          const again = index === 0 && lease.job.attempt === 1
          if (!again) done += 1
          return queue.settle([
            again
              ? { lease, outcome: "again", runAt: at, attempt, at }
              : { lease, outcome: "succeeded", result: null, attempt, at },
          ])
        }),
      )
    }
    equal(done, 15)
  })

  it("takes a place in each of a job's lanes, and none while another lane is full", async () => {
    const { put, take, queue } = subject()
    const all = { key: "all", limit: 2 }
    const flows = ["a", "b"].map((key) => ({ flow: laneFlow({ key, limit: 1 }, all) }))
    const [a1, a2, b1, b2] = await put(flows[0] ?? {}, flows[0] ?? {}, flows[1] ?? {}, flows[1] ?? {})
    const first = await take()
    deepEqual(idsOf(first), [a1, b1])
    await queue.settle(succeeded(first[1]))
    const second = await take()
    deepEqual(idsOf(second), [b2])
    await queue.settle([...succeeded(first[0]), ...succeeded(second[0])])
    deepEqual(idsOf(await take()), [a2])
  })

  it("gives back the places of a job that is cancelled while it is held, waits or runs", async () => {
    const { put, take, queue, organisation } = subject()
    const flow = laneFlow({ key: "one", limit: 1 }, { key: "all", limit: 5 })
    const [first = "", held = "", next = "", last] = await put({ flow }, { flow }, { flow }, { flow })
    await queue.cancel(organisation, held, failure, start)
    await queue.cancel(organisation, first, failure, start)
    deepEqual(idsOf(await take()), [next])
    await queue.cancel(organisation, next, failure, start)
    deepEqual(idsOf(await take()), [last])
  })

  it("leases a job whose deadline is over though its lanes are full, and lets nobody else pass for it", async () => {
    const { put, take, queue } = subject()
    const flow = laneFlow({ key: "one", limit: 1 }, { key: "all", limit: 1 })
    await put({ flow })
    const [first] = await take({ leaseMs: 1e9 })
    const [late, next] = await put({ flow, deadlineAt: start + 10 }, { flow })
    deepEqual(await take({ now: start + 10 }), [])
    const [overdue, ...others] = await take({ now: start + 11 })
    deepEqual([overdue?.job.id, others], [late, []])
    await queue.settle(succeeded(overdue, start + 12))
    deepEqual(await take({ now: start + 13 }), [])
    await queue.settle(succeeded(first, start + 14))
    deepEqual(idsOf(await take({ now: start + 15 })), [next])
  })

  it("takes a lane's limit from the last job that was put", async () => {
    const { put, take, queue } = subject()
    const narrow = { flow: laneFlow({ key: "k", limit: 1 }) }
    const ids = await put(narrow, narrow, narrow, narrow)
    await put({ flow: laneFlow({ key: "k", limit: 3 }) })
    const [lease, ...others] = await take()
    await queue.settle(succeeded(lease))
    equal(lease?.job.id, ids[0])
    deepEqual(idsOf(await take()).length + others.length, 3)
  })

  it("counts no place for a job that was known by its key", async () => {
    const { put, take } = subject()
    const flow = laneFlow({ key: "k", limit: 2 })
    const idempotency = { key: "same", hash: "h", until: start + 1e9 }
    const [first] = await put({ flow, idempotency })
    await put({ flow, idempotency })
    const [second] = await put({ flow })
    deepEqual(idsOf(await take()), [first, second])
  })

  it("lets as many begin in a period as a throttle says, evenly, and drops none", async () => {
    const { put, take: takeNow, queue } = subject()
    const take = (now = start) => takeNow({ now, leaseMs: 1e9 })
    const flow = throttleFlow(2, 10_000)
    const ids = await put({ flow }, { flow }, { flow, priority: 5 }, { flow, runAt: start + 9000 })
    deepEqual(idsOf(await take()), [ids[2]])
    const { nextAt } = await queue.take({ limit: 1, leaseMs: 1, now: start + 10 })
    equal(nextAt !== null && nextAt <= start + 5000, true)
    deepEqual(await take(start + 4999), [])
    deepEqual(idsOf(await take(start + 5000)), [ids[0]])
    deepEqual(idsOf(await take(start + 10_000)), [ids[1]])
    deepEqual(idsOf(await take(start + 15_000)), [ids[3]])
  })

  it("leases throttled jobs whose deadline is over at once, and counts none of them", async () => {
    const { put, take: takeNow } = subject()
    const take = (now = start) => takeNow({ now, leaseMs: 1e9 })
    const flow = throttleFlow(1, 60_000)
    const deadlineAt = start + 10
    const [first, late, later, next] = await put({ flow }, { flow, deadlineAt }, { flow, deadlineAt }, { flow })
    deepEqual(idsOf(await take()), [first])
    deepEqual(idsOf(await take(start + 11)), [late, later])
    deepEqual(await take(start + 59_999), [])
    deepEqual(idsOf(await take(start + 60_000)), [next])
  })

  it("lets no more begin at once after a pause than the throttle's burst", async () => {
    const { put, take } = subject()
    const flow = throttleFlow(10, 1000, 3)
    await put(...Array.from({ length: 8 }, () => ({ flow })))
    equal((await take({ now: start + 60_000 })).length, 3)
    equal((await take({ now: start + 60_100 })).length, 1)
    await put({ flow, createdAt: start + 60_100, runAt: start + 60_100 })
    equal((await take({ now: start + 60_150 })).length, 0)
    equal((await take({ now: start + 69_000 })).length, 3)
  })

  it("lets a job that is tried again pass its throttle", async () => {
    const { put, take, queue } = subject()
    const [id] = await put({ flow: throttleFlow(1, 60_000) })
    const [lease] = await take()
    if (!lease) return
    await queue.settle([{ lease, outcome: "again", runAt: start + 10, attempt: sampleAttempt(1, failure), at: start }])
    deepEqual(idsOf(await take({ now: start + 10 })), [id])
  })
}
