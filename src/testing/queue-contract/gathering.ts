import { deepEqual, equal } from "node:assert/strict"
import type { Flow, Gathering } from "../../model/flow.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { failure, idsOf, type QueueSubject, sampleAttempt, start } from "./subject.ts"

function flowOf(gathering: Gathering): { readonly flow: Flow } {
  return { flow: { gathering, throttle: null, lanes: [] } }
}

const batch = flowOf({ mode: "batch", key: "k", maxSize: 3, timeoutMs: 5000 })
const debounce = flowOf({ mode: "debounce", key: "k", periodMs: 1000, timeoutMs: 2500 })

/** Jobs that are done as one. */
export function describeGathering({ it }: ContractRunner, subject: () => QueueSubject): void {
  it("gathers jobs until there are enough of them, or the first has been held for long enough", async () => {
    const { put, take, find } = subject()
    const payloads = ["a", "b", "c", "d"]
    const ids = await put(...payloads.map((payload) => ({ ...batch, payload })))
    const [full, ...others] = await take()
    deepEqual([full?.job.id, full?.batch, others], [ids[0], ["a", "b", "c"], []])
    equal((await find(ids[1] ?? ""))?.leaderId, ids[0])
    deepEqual(await take({ now: start + 4999 }), [])
    const [rest] = await take({ now: start + 5000 })
    deepEqual([rest?.job.id, rest?.batch], [ids[3], ["d"]])
  })

  it("lets the rest go with the last full batch where the rest has been held for long enough too", async () => {
    const { put, take } = subject()
    const ids = await put(batch, batch, batch, batch, batch)
    const later = { createdAt: start + 4000, runAt: start + 4000 }
    const leases = await take({ now: start + 5000 })
    deepEqual(idsOf(leases), [ids[0], ids[3]])
    const [first] = await put({ ...batch, ...later }, { ...batch, ...later })
    deepEqual(await take({ now: start + 8999 }), [])
    deepEqual(idsOf(await take({ now: start + 9000 })), [first])
  })

  it("gathers apart what has another key", async () => {
    const { put, take } = subject()
    const other = flowOf({ mode: "batch", key: "other", maxSize: 2, timeoutMs: 5000 })
    const [, ours] = await put(batch, other, batch, other)
    deepEqual(idsOf(await take()), [ours])
  })

  it("ends all jobs of a batch as the batch ends, each with the tries", async () => {
    const { put, take, queue, find } = subject()
    const ids = await put(batch, batch, batch)
    const [first] = await take()
    if (!first) return
    const failed = sampleAttempt(1, failure)
    await queue.settle([{ lease: first, outcome: "again", runAt: start + 5, attempt: failed, at: start + 1 }])
    const [second] = await take({ now: start + 5 })
    if (!second) return
    deepEqual([second.job.id, second.batch?.length, second.job.attempts], [ids[0], 3, [failed]])
    const last = sampleAttempt(2, failure)
    await queue.settle([{ lease: second, outcome: "failed", error: failure, attempt: last, at: start + 6 }])
    for (const id of ids) {
      const job = await find(id)
      deepEqual([job?.status, job?.error, job?.attempts, job?.attempt], ["failed", failure, [failed, last], 2])
    }
  })

  it("gives a batch to another worker when its lease has run out, whole", async () => {
    const { put, take, queue, find } = subject()
    const ids = await put(batch, batch, batch)
    await take()
    const [lease] = await take({ now: start + 10_000 })
    deepEqual([lease?.job.id, lease?.batch?.length], [ids[0], 3])
    if (!lease) return
    await queue.settle([{ lease, outcome: "succeeded", result: "7", attempt: sampleAttempt(2), at: start + 10_001 }])
    deepEqual((await find(ids[2] ?? ""))?.result, "7")
  })

  it("leaves a job out of its batch that is cancelled, and gathers the others anew where it led them", async () => {
    const { put, take, queue, organisation } = subject()
    const four = flowOf({ mode: "batch", key: "k", maxSize: 4, timeoutMs: 5000 })
    const [a = "", b = "", c, d] = await put(...["a", "b", "c", "d"].map((payload) => ({ ...four, payload })))
    await queue.cancel(organisation, b, failure, start)
    deepEqual(await take({ now: start + 4999 }), [])
    const [lease] = await take({ now: start + 5000 })
    deepEqual([lease?.job.id, lease?.batch], [a, ["a", "c", "d"]])
    await queue.cancel(organisation, a, failure, start + 5001)
    const [again] = await take({ now: start + 5001 })
    deepEqual([again?.job.id, again?.batch], [c, ["c", "d"]])
    equal((await queue.find(organisation, d ?? ""))?.status, "held")
  })

  it("does the last job alone that came before nothing came for a while, and ends the others as it ends", async () => {
    const { put, take, queue, find } = subject()
    const at = (ms: number) => ({ ...debounce, createdAt: start + ms, runAt: start + ms })
    const [first = ""] = await put(at(0))
    const [last = ""] = await put(at(900))
    deepEqual(await take({ now: start + 1899 }), [])
    const [lease] = await take({ now: start + 1900 })
    deepEqual([lease?.job.id, lease?.batch], [last, null])
    if (!lease) return
    await queue.settle([{ lease, outcome: "succeeded", result: "1", attempt: sampleAttempt(1), at: start + 1901 }])
    deepEqual([(await find(first))?.status, (await find(first))?.result], ["succeeded", "1"])
  })

  it("does not wait for quiet beyond the timeout", async () => {
    const { put, take } = subject()
    let last: string | undefined
    for (const ms of [0, 800, 1600, 2400]) {
      const [id] = await put({ ...debounce, createdAt: start + ms, runAt: start + ms })
      last = id
    }
    deepEqual(await take({ now: start + 2499 }), [])
    deepEqual(idsOf(await take({ now: start + 2500 })), [last])
  })
}
