import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { idsOf, type QueueSubject, start } from "./subject.ts"

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

  it("leases a job when its deadline is over, however long it is delayed, and says when that is", async () => {
    const { put, take, queue } = subject()
    const [late] = await put({ runAt: start + 9_000_000, deadlineAt: start + 5000 })
    deepEqual(await take({ now: start + 5000 }), [])
    const { nextAt } = await queue.take({ limit: 1, leaseMs: 1, now: start - 1e9 })
    equal(nextAt !== null && nextAt <= start + 5001, true)
    deepEqual(idsOf(await take({ now: start + 5001 })), [late])
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

  it("gives no organisation more of a worker than its share, and others what is left", async () => {
    const { put, take, organisation } = subject()
    const other = `${organisation}-other`
    await put(...Array.from({ length: 40 }, () => ({})))
    const theirs = await put(...Array.from({ length: 6 }, () => ({ organisation: other })))
    const held = new Map([[organisation, 3]])
    const taken = await take({ limit: 10, shares: { limit: 7, held } })
    deepEqual(taken.filter(({ job }) => job.organisation === organisation).length, 4)
    deepEqual(
      idsOf(taken).filter((id) => theirs.includes(id)),
      theirs,
    )
    deepEqual(await take({ limit: 10, shares: { limit: 7, held: new Map([[organisation, 7]]) } }), [])
  })
}
