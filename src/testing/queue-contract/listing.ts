import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { failure, idsOf, type QueueSubject, start } from "./subject.ts"

/** Looking through jobs, and removing those that have ended. */
export function describeListing({ it }: ContractRunner, subject: () => QueueSubject): void {
  it("lists newest first, page after page", async () => {
    const { queue, organisation, put } = subject()
    const [a, b, c] = await put({}, {}, {})
    const first = await queue.list(organisation, {}, { limit: 2 })
    deepEqual([first.items.map(({ id }) => id), first.next], [[c, b], b])
    const second = await queue.list(organisation, {}, { limit: 2, cursor: first.next ?? "" })
    deepEqual([second.items.map(({ id }) => id), second.next], [[a], null])
  })

  it("lists what a filter asks for", async () => {
    const { queue, organisation, put, take } = subject()
    const [greet = ""] = await put({})
    const [run] = await put({ kind: "pipeline", target: "chain", createdAt: start + 10 })
    const ids = async (filter: Parameters<typeof queue.list>[1]) =>
      (await queue.list(organisation, filter, { limit: 10 })).items.map(({ id }) => id)
    const [lease] = await take({ limit: 1 })
    if (lease) await queue.settle([{ lease, outcome: "failed", error: failure, attempt: null, at: start }])
    deepEqual(await ids({ kind: "pipeline" }), [run])
    deepEqual(await ids({ target: "greet" }), [greet])
    deepEqual(await ids({ status: "failed", code: "FN_004" }), [greet])
    deepEqual(await ids({ code: "FN_002" }), [])
    deepEqual(await ids({ from: start + 10 }), [run])
    deepEqual(await ids({ to: start + 10 }), [greet])
  })

  it("purges what has ended and nothing else", async () => {
    const { queue, organisation, put, take } = subject()
    const ids = await put({}, {}, {})
    const leases = await take({ limit: 2 })
    await queue.settle(leases.map((lease) => ({ lease, outcome: "failed", error: failure, attempt: null, at: start })))
    equal(await queue.purge(`${organisation}-other`, {}, 10), 0)
    equal(await queue.purge(organisation, { status: "failed" }, 1), 1)
    equal(await queue.purge(organisation, {}, 10), 1)
    deepEqual(
      (await queue.list(organisation, {}, { limit: 10 })).items.map(({ id }) => id),
      ids.slice(2),
    )
  })

  it("forgets what ended long ago, but not while an idempotency key needs it", async () => {
    const { queue, put, take, find } = subject()
    const idempotency = { key: "k", hash: "h", until: start + 5000 }
    const [plain = "", keyed = ""] = await put({}, { idempotency })
    const leases = await take()
    deepEqual(idsOf(leases), [plain, keyed])
    await queue.settle(
      leases.map((lease) => ({ lease, outcome: "succeeded", result: null, attempt: null, at: start + 1 })),
    )
    await queue.expire("succeeded", start + 1, 1000)
    equal((await find(plain))?.id, plain)
    await queue.expire("succeeded", start + 1000, 1000)
    deepEqual([await find(plain), (await find(keyed))?.id], [null, keyed])
    await queue.expire("succeeded", start + 6000, 1000)
    equal(await find(keyed), null)
  })
}
