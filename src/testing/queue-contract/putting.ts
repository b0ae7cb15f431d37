import { deepEqual, equal } from "node:assert/strict"
import { firstLease } from "../../model/job.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText } from "../storage-contract/samples.ts"
import { idsOf, type QueueSubject, start } from "./subject.ts"

/** Adding jobs, and finding them again. */
export function describePutting({ it }: ContractRunner, subject: () => QueueSubject): void {
  it("keeps a job as it was put", async () => {
    const { queue, organisation, job, put: putDue } = subject()
    const [plain = ""] = await putDue({})
    equal((await queue.find(organisation, plain))?.depth, 0)
    const put = job({
      payload: JSON.stringify({ text: awkwardText }),
      priority: 7,
      originId: "other",
      depth: 3,
      deadlineAt: start + 9,
    })
    deepEqual(await queue.put([put]), [{ outcome: "added", id: put.id }])
    const { leasedUntil, ...kept } = put
    deepEqual(await queue.find(organisation, put.id), {
      ...kept,
      status: "waiting",
      attempt: 0,
      attempts: [],
      result: null,
      error: null,
      replayedAs: null,
      leaderId: null,
      updatedAt: start,
    })
  })

  it("adds a job once, however often it is put", async () => {
    const { queue, job, take } = subject()
    const put = job()
    deepEqual(await queue.put([put, put]), [
      { outcome: "added", id: put.id },
      { outcome: "known", id: put.id },
    ])
    deepEqual(await queue.put([{ ...put, payload: "2" }]), [{ outcome: "known", id: put.id }])
    deepEqual(
      (await take()).map((lease) => lease.job.payload),
      [put.payload],
    )
  })

  it("adds a thousand jobs that are put at once", async () => {
    const { queue, job, take } = subject()
    const jobs = Array.from({ length: 1000 }, () => job())
    const results = await Promise.all(jobs.map((one) => queue.put([one])))
    equal(results.flat().filter(({ outcome }) => outcome === "added").length, 1000)
    deepEqual(
      idsOf(await take({ limit: 1000 })),
      jobs.map(({ id }) => id),
    )
  })

  it("answers the job that has the idempotency key, until the key's time is over", async () => {
    const { queue, job } = subject()
    const idempotency = { key: "order-1", hash: "a", until: start + 1000 }
    const first = job({ idempotency })
    await queue.put([first])
    deepEqual(await queue.put([job({ idempotency })]), [{ outcome: "known", id: first.id }])
    deepEqual(await queue.put([job({ idempotency: { ...idempotency, hash: "b" } })]), [
      { outcome: "conflict", id: first.id },
    ])
    const at = start + 1000
    const later = job({ createdAt: at, runAt: at, idempotency: { key: "order-1", hash: "b", until: at + 1000 } })
    deepEqual(await queue.put([later]), [{ outcome: "added", id: later.id }])
    deepEqual((await queue.find(first.organisation, first.id))?.idempotency, null)
  })

  it("knows a job by the hash that an earlier version of the service has kept for the same, too", async () => {
    const { queue, job } = subject()
    const first = job({ idempotency: { key: "order-1", hash: "as it was", until: start + 1000 } })
    await queue.put([first])
    const again = { key: "order-1", hash: "as it is", formerHash: "as it was", until: start + 1000 }
    deepEqual(await queue.put([job({ idempotency: again })]), [{ outcome: "known", id: first.id }])
    deepEqual(await queue.put([job({ idempotency: { ...again, formerHash: "another" } })]), [
      { outcome: "conflict", id: first.id },
    ])
  })

  it("adds one of ten jobs with one idempotency key that are put at once", async () => {
    const { queue, job } = subject()
    const idempotency = { key: "order-1", hash: "a", until: start + 1000 }
    const results = await Promise.all(Array.from({ length: 10 }, () => queue.put([job({ idempotency })])))
    const outcomes = results.flat()
    equal(outcomes.filter(({ outcome }) => outcome === "added").length, 1)
    equal(new Set(outcomes.map(({ id }) => id)).size, 1)
  })

  it("keeps the keys of organisations apart", async () => {
    const { queue, organisation, job } = subject()
    const idempotency = { key: "order-1", hash: "a", until: start + 1000 }
    await queue.put([job({ idempotency })])
    const theirs = job({ organisation: `${organisation}-other`, idempotency })
    deepEqual(await queue.put([theirs]), [{ outcome: "added", id: theirs.id }])
    equal(await queue.find(organisation, theirs.id), null)
  })

  it("leaves a job that is put with a lease with the one who put it", async () => {
    const { queue, job, take, find } = subject()
    const put = job({ leasedUntil: start + 1000 })
    await queue.put([put])
    deepEqual(await take({ now: start + 999 }), [])
    const attempt = { number: 1, invocationId: null, startedAt: start, endedAt: start }
    const settlement = { lease: firstLease(put), outcome: "succeeded", result: "1", attempt, at: start } as const
    deepEqual(await queue.settle([settlement]), [])
    equal((await find(put.id))?.status, "succeeded")
  })

  it("links a job that is done again with the one that does it", async () => {
    const { put, find, queue, organisation } = subject()
    const [origin = ""] = await put({})
    const [again = ""] = await put({ originId: origin })
    deepEqual([(await find(origin))?.replayedAs, (await find(again))?.originId], [again, origin])
    const { items } = await queue.list(organisation, { replayed: false }, { limit: 10 })
    deepEqual(
      items.map(({ id }) => id),
      [again],
    )
  })

  it("tells its watchers that there is something to take", async () => {
    const { queue, put } = subject()
    const told = new Promise<void>((resolve) => {
      const stop = queue.watch(() => {
        stop()
        resolve()
      })
    })
    await put({})
    await told
  })
}
