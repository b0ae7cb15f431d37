import { deepEqual, equal } from "node:assert/strict"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { ascendingIds, awkwardText, sampleInvocation, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Records of calls. */
export function describeInvocations({ it }: ContractRunner, subject: StorageSubject): void {
  it("keeps a record as it is, with its logs and its error", async () => {
    const { storage, organisation } = subject
    const record = sampleInvocation(organisation, newId(sampleTime), {
      status: "failed",
      error: { code: "FN_004", name: "TypeError", message: awkwardText, stack: "at handler (index.ts:1:1)" },
      logs: [
        { time: sampleTime, level: "info", message: awkwardText },
        { time: sampleTime + 1, level: "error", message: "" },
      ],
      durationMs: 0.1,
      cpuMs: 1234.56789,
      memoryBytes: 5_000_000_000,
      coldStart: true,
    })
    await storage.invocations.insert([record])
    deepEqual(await storage.invocations.find(organisation, record.id), record)
  })

  it("passes over records whose id is known, within a batch and between batches", async () => {
    const { storage, organisation } = subject
    const first = sampleInvocation(organisation, "f")
    const second = sampleInvocation(organisation, "f")
    await storage.invocations.insert([first, { ...first, name: "changed" }])
    await storage.invocations.insert([{ ...first, name: "changed" }, second])
    deepEqual(await storage.invocations.find(organisation, first.id), first)
    deepEqual(await storage.invocations.find(organisation, second.id), second)
    equal((await storage.invocations.list(organisation, {}, { limit: 10 })).items.length, 2)
  })

  it("takes an empty batch, and one of thousands of several organisations", async () => {
    const { storage, organisation } = subject
    await storage.invocations.insert([])
    const ids = ascendingIds(2500)
    const other = `${organisation}-other`
    await storage.invocations.insert(
      ids.map((id, index) => sampleInvocation(index % 2 ? other : organisation, "f", { id })),
    )
    const range = { from: 0, to: sampleTime * 2 }
    equal((await storage.invocations.summarise(organisation, "f", range)).count, 1250)
    equal((await storage.invocations.summarise(other, "f", range)).count, 1250)
  })

  it("keeps nothing of a batch that fails", async () => {
    const { storage, organisation } = subject
    const good = sampleInvocation(organisation, "f")
    const bad = { ...sampleInvocation(organisation, "f"), status: "unheard of" as "failed" }
    const failure = await storage.invocations.insert([good, bad]).then(
      () => null,
      (error: unknown) => error,
    )
    equal(failure instanceof Error, true)
    equal(await storage.invocations.find(organisation, good.id), null)
  })

  it("keeps logs of a megabyte", async () => {
    const { storage, organisation } = subject
    const logs = [{ time: sampleTime, level: "warn", message: "é".repeat(1_000_000) }] as const
    const records = Array.from({ length: 6 }, () => sampleInvocation(organisation, "f", { logs }))
    await storage.invocations.insert(records)
    for (const record of records) deepEqual(await storage.invocations.find(organisation, record.id), record)
  })

  it("lists newest first, page after page", async () => {
    const { storage, organisation } = subject
    const ids = ascendingIds(5)
    await storage.invocations.insert(ids.map((id) => sampleInvocation(organisation, "f", { id })))
    const [a, b, c, d, e] = ids
    const first = await storage.invocations.list(organisation, {}, { limit: 2 })
    deepEqual([first.items.map((item) => item.id), first.next], [[e, d], d])
    const second = await storage.invocations.list(organisation, {}, { limit: 2, cursor: first.next ?? "" })
    deepEqual([second.items.map((item) => item.id), second.next], [[c, b], b])
    const third = await storage.invocations.list(organisation, {}, { limit: 2, cursor: second.next ?? "" })
    deepEqual([third.items.map((item) => item.id), third.next], [[a], null])
  })

  it("lists by function, outcome and time, and by all of them at once", async () => {
    const { storage, organisation } = subject
    const [early, failed, other, late] = ascendingIds(4) as [string, string, string, string]
    const error = { code: "FN_002", name: "TimeoutError", message: "late", stack: "" } as const
    await storage.invocations.insert([
      sampleInvocation(organisation, "f", { id: early, startedAt: 100 }),
      sampleInvocation(organisation, "f", { id: failed, startedAt: 200, status: "failed", error }),
      sampleInvocation(organisation, "g", { id: other, startedAt: 200, status: "failed", error }),
      sampleInvocation(organisation, "f", { id: late, startedAt: 300 }),
    ])
    const list = async (filter: Parameters<typeof storage.invocations.list>[1]) => {
      const page = await storage.invocations.list(organisation, filter, { limit: 10 })
      return page.items.map((item) => item.id)
    }
    deepEqual(await list({ functionId: "f" }), [late, failed, early])
    deepEqual(await list({ status: "failed" }), [other, failed])
    deepEqual(await list({ status: "succeeded" }), [late, early])
    deepEqual(await list({ range: { from: 100, to: 300 } }), [other, failed, early])
    deepEqual(await list({ functionId: "f", status: "failed", range: { from: 200, to: 201 } }), [failed])
    deepEqual(await list({ functionId: "g", status: "succeeded" }), [])
  })

  it("shows nothing of one organisation to another", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    const record = sampleInvocation(organisation, "f")
    await storage.invocations.insert([record])
    equal(await storage.invocations.find(other, record.id), null)
    deepEqual(await storage.invocations.list(other, {}, { limit: 10 }), { items: [], next: null })
    deepEqual(await storage.invocations.list(other, { functionId: "f" }, { limit: 10 }), { items: [], next: null })
    equal((await storage.invocations.summarise(other, "f", { from: 0, to: sampleTime * 2 })).count, 0)
  })

  it("keeps the records of a function that was removed", async () => {
    const { storage, organisation } = subject
    const record = sampleInvocation(organisation, "0-removed")
    await storage.invocations.insert([record])
    await storage.functions.remove(organisation, "0-removed")
    deepEqual(await storage.invocations.find(organisation, record.id), record)
  })
  it("removes the oldest of each function and organisation, a few at once, and nothing younger", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    // Of an age that no other record has.
    const at = (owner: string, functionId: string, startedAt: number) =>
      sampleInvocation(owner, functionId, { id: newId(sampleTime), startedAt })
    const old = [at(organisation, "f", 1), at(organisation, "f", 2), at(organisation, "g", 2), at(other, "f", 2)]
    const young = [at(organisation, "f", 3), at(other, "f", 3), at(other, "h", 4)]
    await storage.invocations.insert([...young, ...old])
    const present = async () => {
      const found = await Promise.all(
        [...old, ...young].map((record) => storage.invocations.find(record.organisation, record.id)),
      )
      return found.map((record) => record !== null)
    }
    equal(await storage.invocations.expire(3, 1), 1)
    deepEqual(await present(), [false, true, true, true, true, true, true])
    equal(await storage.invocations.expire(3, 10), 3)
    deepEqual(await present(), [false, false, false, false, true, true, true])
    equal(await storage.invocations.expire(3, 10), 0)
  })
}
