import { deepEqual, equal } from "node:assert/strict"
import type { ErrorGroup } from "../../model/error-group.ts"
import type { ErrorOccurrences } from "../../ports/error-group-storage.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleErrors } from "./observed-samples.ts"
import { sampleTime as now } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Failures, grouped. */
export function describeErrorGroups({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  const errors = (change: Partial<ErrorOccurrences> = {}) => sampleErrors(subject.organisation, change)
  const toOther = (one: ErrorOccurrences) => ({ ...one, id: "other", name: "Other" })
  let batches = 0
  const batch = (occurrences: readonly ErrorOccurrences[]) => {
    return { id: `${subject.organisation}-${batches++}`, occurrences, at: now }
  }
  const add = (...given: readonly ErrorOccurrences[]) => subject.storage.errorGroups.add(batch(given), 100, toOther)
  const find = (id: string) => subject.storage.errorGroups.find(subject.organisation, id)
  const unresolved = { resolvedAt: null, resolvedBy: null, regressedAt: null }

  it("adds failures to their groups, whatever their order", async () => {
    const first = errors({ id: "a", count: 2, message: 'it\'s "so" 😀', firstVersion: 3, lastVersion: 3 })
    await add(first)
    deepEqual(await find("a"), { ...first, status: "open", ...unresolved })
    const early = { firstAt: now - 10, lastAt: now - 5, firstVersion: 2, lastVersion: 2 }
    await add({ ...first, ...early, count: 3, last: { ...first.last, message: "early" } }, errors({ id: "b" }))
    const merged = { ...first, count: 5, firstAt: now - 10, firstVersion: 2, status: "open", ...unresolved }
    deepEqual(await find("a"), merged)
    const late = { lastAt: now + 5, lastVersion: 4, last: { ...first.last, message: "late" } }
    await add({ ...first, ...late, firstVersion: 4 })
    deepEqual(await find("a"), { ...merged, ...late, count: 7 })
    equal(await subject.storage.errorGroups.find(`${subject.organisation}-b`, "a"), null)
    await add()
  })

  it("counts a batch once, however often it is added", async () => {
    const { errorGroups } = subject.storage
    while ((await errorGroups.expireBatches(2, 1000)) > 0);
    const one = batch([errors({ id: "a", count: 2 }), errors({ id: "b", count: 1 })])
    await Promise.all([errorGroups.add(one, 100, toOther), errorGroups.add(one, 100, toOther)])
    await errorGroups.add({ ...one, at: now + 1 }, 100, toOther)
    deepEqual([(await find("a"))?.count, (await find("b"))?.count], [2, 1])
    const old = [
      { ...batch([errors({ id: "a" })]), at: 1 },
      { ...batch([errors({ id: "a" })]), at: 1 },
    ]
    for (const each of old) await errorGroups.add(each, 100, toOther)
    equal(await errorGroups.expireBatches(2, 1), 1)
    equal(await errorGroups.expireBatches(2, 5), 1)
    equal(await errorGroups.expireBatches(2, 5), 0)
    await errorGroups.add(one, 100, toOther)
    equal((await find("a"))?.count, 6)
  })

  it("counts exactly while many add", async () => {
    const stores = [subject.storage, ...(shared ? [await subject.open()] : [])]
    const ids = ["a", "b", "c", "d"]
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const order = index % 2 === 0 ? ids : ids.toReversed()
        const given = order.map((id) => errors({ id, count: 3 }))
        return stores[index % stores.length]?.errorGroups.add(batch(given), 3, toOther)
      }),
    )
    const { items } = await subject.storage.errorGroups.list(subject.organisation, {}, { limit: 10 })
    equal(items.length, 4)
    equal(
      items.reduce((sum, { count }) => sum + count, 0),
      40 * 4 * 3,
    )
    equal(items.find(({ id }) => id === "other")?.count, 120)
  })

  it("counts what is beyond the most groups together, and goes on with those that there are", async () => {
    const { errorGroups } = subject.storage
    await errorGroups.add(batch([errors({ id: "a" })]), 2, toOther)
    await errorGroups.add(batch(["a", "b", "c", "d"].map((id) => errors({ id }))), 2, toOther)
    await errorGroups.add(batch([errors({ id: "c", count: 5 })]), 2, toOther)
    const { items } = await errorGroups.list(subject.organisation, {}, { limit: 10 })
    const counts = Object.fromEntries(items.map(({ id, count }) => [id, count]))
    deepEqual(counts, { a: 4, b: 2, other: 9 })
  })

  it("regresses a resolved group where a newer version fails so, and not before", async () => {
    const { errorGroups } = subject.storage
    const { organisation } = subject
    const one = errors({ id: "a", firstVersion: 2, lastVersion: 2 })
    await add(one)
    const resolved = await errorGroups.resolve(organisation, "a", "ada", now + 1)
    deepEqual([resolved?.status, resolved?.resolvedAt, resolved?.resolvedBy], ["resolved", now + 1, "ada"])
    // Once is enough.
    equal((await errorGroups.resolve(organisation, "a", "bob", now + 2))?.resolvedBy, "ada")
    await add({ ...one, firstVersion: 1, lastVersion: 1 })
    await add(one)
    equal((await find("a"))?.status, "resolved")
    await add({ ...one, lastVersion: 3, lastAt: now + 9 })
    const { status, regressedAt, count } = (await find("a")) as ErrorGroup
    deepEqual([status, regressedAt, count], ["regressed", now + 9, 8])
    equal((await errorGroups.resolve(organisation, "a", "bob", now + 10))?.status, "resolved")
    const reopened = await errorGroups.reopen(organisation, "a")
    deepEqual([reopened?.status, reopened?.resolvedAt, reopened?.resolvedBy], ["open", null, null])
    equal(await errorGroups.resolve(organisation, "missing", "ada", now), null)
    equal(await errorGroups.reopen(organisation, "missing"), null)
  })

  it("lists in pages, those that failed last first", async () => {
    const { errorGroups } = subject.storage
    const { organisation } = subject
    await add(
      errors({ id: "a", lastAt: now + 1 }),
      errors({ id: "b", lastAt: now + 2, functionId: "g" }),
      errors({ id: "c", lastAt: now + 2, code: "FN_002" }),
      errors({ id: "d", lastAt: now }),
    )
    await errorGroups.resolve(organisation, "d", "ada", now)
    const found: string[] = []
    let cursor: string | undefined
    do {
      const { items, next } = await errorGroups.list(organisation, {}, { limit: 1, ...(cursor && { cursor }) })
      found.push(...items.map(({ id }) => id))
      cursor = next ?? undefined
    } while (cursor !== undefined)
    deepEqual(found, ["c", "b", "a", "d"])
    // Whoever asks may have made it up.
    for (const made of [`${"9".repeat(30)}~x`, "~", "1e9~x"])
      await errorGroups.list(organisation, {}, { limit: 1, cursor: made })
    const ids = async (filter: Parameters<typeof errorGroups.list>[1]) =>
      (await errorGroups.list(organisation, filter, { limit: 10 })).items.map(({ id }) => id)
    deepEqual(await ids({ functionId: "g" }), ["b"])
    deepEqual(await ids({ code: "FN_002" }), ["c"])
    deepEqual(await ids({ status: "resolved" }), ["d"])
  })

  it("removes what has not failed for long, a few at a time", async () => {
    const { errorGroups } = subject.storage
    while ((await errorGroups.expire(2, 1000)) > 0);
    await add(
      errors({ id: "a", firstAt: 1, lastAt: 1 }),
      errors({ id: "b", firstAt: 1, lastAt: 1 }),
      errors({ id: "c" }),
    )
    equal(await errorGroups.expire(2, 1), 1)
    equal(await errorGroups.expire(2, 5), 1)
    equal(await errorGroups.expire(2, 5), 0)
    equal((await find("c"))?.id, "c")
  })
}
