import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { failure, idsOf, type QueueSubject, sampleAttempt, start } from "./subject.ts"

/** Leasing jobs: when, in which order, and to whom. */
export function describeTaking({ it }: ContractRunner, subject: () => QueueSubject): void {
  it("leases jobs in the order in which they were put, each once", async () => {
    const { put, take, find } = subject()
    const [a = "", b, c] = await put({}, {}, {})
    deepEqual(idsOf(await take({ limit: 2 })), [a, b])
    const [lease] = await take()
    deepEqual([lease?.job.id, lease?.job.status, lease?.job.attempt, lease?.until], [c, "running", 1, start + 10_000])
    deepEqual(await take(), [])
    equal((await find(a))?.status, "running")
  })

  it("leases higher priority first, and the older of two equals", async () => {
    const { put, take } = subject()
    const [low, usual, high, higher, usual2] = await put({ priority: -1 }, {}, { priority: 1 }, { priority: 100 }, {})
    deepEqual(idsOf(await take({ limit: 2 })), [higher, high])
    deepEqual(idsOf(await take()), [usual, usual2, low])
  })

  it("leases a job when its time has come, and says when that is", async () => {
    const { put, take, queue } = subject()
    const [later] = await put({ runAt: start + 5000 })
    deepEqual(await take({ now: start + 4999 }), [])
    const { nextAt } = await queue.take({ limit: 1, leaseMs: 1, now: start - 1e9 })
    equal(nextAt !== null && nextAt <= start + 5000, true)
    deepEqual(idsOf(await take({ now: start + 5000 })), [later])
  })

  it("never leases one job to two workers", async () => {
    const { put, queue } = subject()
    const ids = await put(...Array.from({ length: 50 }, () => ({})))
    const taken = await Promise.all(
      Array.from({ length: 20 }, () => queue.take({ limit: 5, leaseMs: 10_000, now: start })),
    )
    const leased = taken.flatMap(({ leases }) => idsOf(leases)).filter((id) => ids.includes(id))
    equal(new Set(leased).size, leased.length)
  })

  it("gives a job to another worker when its lease has run out, under a new token", async () => {
    const { put, take } = subject()
    await put({})
    const [first] = await take()
    deepEqual(await take({ now: start + 9_999 }), [])
    const [second] = await take({ now: start + 10_000 })
    deepEqual([second?.job.id, second?.job.attempt], [first?.job.id, 2])
    equal((second?.token ?? 0) > (first?.token ?? 0), true)
  })

  it("leaves a lease that is renewed with its worker", async () => {
    const { put, take, queue } = subject()
    await put({})
    const leases = await take()
    deepEqual(await queue.renew(leases, start + 60_000), [])
    deepEqual(await take({ now: start + 59_999 }), [])
    const [other] = await take({ now: start + 60_000 })
    deepEqual(await queue.renew(leases, start + 90_000), leases)
    deepEqual(await queue.renew(other ? [other] : [], start + 90_000), [])
  })

  it("lets organisations take turns, whatever each of them has waiting", async () => {
    const { put, take, organisation } = subject()
    await put(...Array.from({ length: 100 }, () => ({})))
    const other = `${organisation}-other`
    const theirs = await put(...Array.from({ length: 5 }, () => ({ organisation: other })))
    const order = await take({ limit: 12 })
    deepEqual(
      idsOf(order).filter((id) => theirs.includes(id)),
      theirs,
    )
  })

  it("gives an organisation of twice the weight twice the turns", async () => {
    const { put, take, organisation } = subject()
    const other = `${organisation}-other`
    await put(...Array.from({ length: 30 }, () => ({})))
    await put(...Array.from({ length: 30 }, () => ({ organisation: other, weight: 2 })))
    const first = (await take({ limit: 30 })).filter(({ job }) => job.organisation === other)
    equal(first.length >= 18 && first.length <= 21, true)
  })

  it("costs other organisations nothing that one of them has priorities", async () => {
    const { put, take, organisation } = subject()
    const other = `${organisation}-other`
    await put(...Array.from({ length: 40 }, (_, index) => ({ priority: index })))
    const theirs = await put(...Array.from({ length: 5 }, () => ({ organisation: other })))
    const taken = await take({ limit: 12 })
    deepEqual(
      idsOf(taken).filter((id) => theirs.includes(id)),
      theirs,
    )
    deepEqual(
      taken.filter(({ job }) => job.organisation === organisation).map(({ job }) => job.priority),
      [39, 38, 37, 36, 35, 34, 33],
    )
  })

  it("has no more jobs of a lane waiting or running than the lane allows", async () => {
    const { put, take, queue, find } = subject()
    const lane = { key: "customer-1", limit: 2 }
    const [a, b, c = "", d = ""] = await put({ lane }, { lane }, { lane }, { lane, priority: 1 })
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
    const lane = { key: "customer-1", limit: 3 }
    await Promise.all(Array.from({ length: 10 }, () => put({ lane })))
    await Promise.all(Array.from({ length: 5 }, () => put({ lane, runAt: start + 1 })))
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
}
