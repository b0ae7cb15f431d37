import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleTime as now } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Values under keys. */
export function describeKeyValues({ it }: ContractRunner, subject: StorageSubject): void {
  const stays = (json: string) => ({ json, expiresAt: null, now })
  const ends = (json: string, ms: number) => ({ json, expiresAt: now + ms, now })

  it("gives a value back as the JSON that was set, whatever it holds", async () => {
    const { storage, organisation } = subject
    const values = [
      "0",
      "-7",
      "1.5",
      "9007199254740991",
      "1e300",
      "null",
      "true",
      '"7"',
      "{}",
      JSON.stringify([awkwardText]),
    ]
    for (const json of values) {
      await storage.keyValues.set(organisation, "k", stays(json))
      deepEqual(await storage.keyValues.find(organisation, "k", now), { key: "k", json })
    }
    equal(await storage.keyValues.remove(organisation, "k", now), true)
    equal(await storage.keyValues.remove(organisation, "k", now), false)
    equal(await storage.keyValues.find(organisation, "k", now), null)
  })

  it("counts a value as absent from its time on", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    await keyValues.set(organisation, "k", ends('"v"', 10))
    deepEqual(await keyValues.find(organisation, "k", now + 9), { key: "k", json: '"v"' })
    equal(await keyValues.find(organisation, "k", now + 10), null)
    deepEqual(await keyValues.list(organisation, "", { limit: 10 }, now + 10), { items: [], next: null })
    equal(await keyValues.compareAndSet(organisation, "k", '"v"', { ...stays("1"), now: now + 10 }), false)
    equal(await keyValues.remove(organisation, "k", now + 10), false)
    await keyValues.set(organisation, "k", ends('"v"', 10))
    equal(await keyValues.compareAndSet(organisation, "k", null, stays("1")), false)
    equal(await keyValues.compareAndSet(organisation, "k", null, { ...stays("1"), now: now + 10 }), true)
    deepEqual(await keyValues.find(organisation, "k", now + 99), { key: "k", json: "1" })
  })

  it("removes what has expired and nothing else", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    await keyValues.set(organisation, "stays", stays("1"))
    await keyValues.set(organisation, "later", ends("1", 20))
    await keyValues.set(organisation, "gone", ends("1", 10))
    await keyValues.removeExpired(now + 10, 1_000_000)
    const { items } = await keyValues.list(organisation, "", { limit: 10 }, 0)
    deepEqual(
      items.map((item) => item.key),
      ["later", "stays"],
    )
  })

  it("adds fifty numbers that come at once, and keeps the first one's time", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    const add = (by: number, at = now) => keyValues.increment(organisation, "n", { by, expiresAt: at + 10, now: at })
    const sums = await Promise.all(Array.from({ length: 50 }, () => add(2)))
    deepEqual(
      sums.toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 50 }, (_, index) => 2 * (index + 1)),
    )
    equal(await add(-1, now + 9), 99)
    equal(await add(5, now + 10), 5)
  })

  it("adds to a whole number that was set, and to nothing else", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    const add = () => keyValues.increment(organisation, "n", { by: 1, expiresAt: null, now })
    await keyValues.set(organisation, "n", stays("41"))
    equal(await add(), 42)
    for (const json of ['"41"', "1.5", "null", "[1]"]) {
      await keyValues.set(organisation, "n", stays(json))
      equal(await add(), null)
      deepEqual(await keyValues.find(organisation, "n", now), { key: "n", json })
    }
    await keyValues.set(organisation, "n", ends('"text"', -1))
    equal(await add(), 1)
  })

  it("does not count beyond what JavaScript tells exactly", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    const add = (by: number) => keyValues.increment(organisation, "n", { by, expiresAt: null, now })
    for (const sign of [1, -1]) {
      await keyValues.set(organisation, "n", stays(String(sign * (Number.MAX_SAFE_INTEGER - 1))))
      equal(await add(sign), sign * Number.MAX_SAFE_INTEGER)
      equal(await add(sign), null)
      equal(await add(sign * Number.MAX_SAFE_INTEGER), null)
      equal(await add(-sign), sign * (Number.MAX_SAFE_INTEGER - 1))
    }
  })

  it("exchanges a value for one of ten that come at once", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    for (const [expected, next] of [
      [null, '"first"'],
      ['"first"', "7"],
      ["7", '{"a":1}'],
      ['{"a":1}', "8"],
    ] as const) {
      const won = await Promise.all(
        Array.from({ length: 10 }, () => keyValues.compareAndSet(organisation, "k", expected, stays(next))),
      )
      equal(won.filter(Boolean).length, 1)
      deepEqual(await keyValues.find(organisation, "k", now), { key: "k", json: next })
    }
    equal(await keyValues.compareAndSet(organisation, "k", "9", stays("1")), false)
    equal(await keyValues.compareAndSet(organisation, "none", "9", stays("1")), false)
  })

  it("lists the keys of a prefix in the order of their bytes, page after page", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    const keys = ["a", "a%", "aZ", "a_", "aa", "a\ud7ff", "a\uffff", "a😀", "a\u{10ffff}x", "b", "A"]
    for (const key of keys) await keyValues.set(organisation, key, stays("1"))
    const read = async (prefix: string, limit: number) => {
      const found: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page = await keyValues.list(organisation, prefix, { limit, ...(cursor !== undefined && { cursor }) }, now)
        found.push(...page.items.map((item) => item.key))
        if (page.next === null) return found
        cursor = page.next
      }
    }
    deepEqual(await read("a", 4), keys.slice(0, 9))
    deepEqual(await read("a", 100), keys.slice(0, 9))
    deepEqual(await read("a_", 100), ["a_"])
    deepEqual(await read("a\ud7ff", 100), ["a\ud7ff"])
    deepEqual(await read("a\u{10ffff}", 100), ["a\u{10ffff}x"])
    deepEqual(await read("", 3), ["A", ...keys.slice(0, 10)])
  })

  it("ends a page where its values grow large, and shows every one of them", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    const sizes = [700_000, 700_000, 5, 2_000_000, 1_100_000, 5]
    for (const [key, size] of sizes.entries()) {
      await keyValues.set(organisation, `k${key}`, stays(JSON.stringify("é".repeat(size / 2))))
    }
    const pages: number[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await keyValues.list(organisation, "k", { limit: 4, ...(cursor !== undefined && { cursor }) }, now)
      pages.push(page.items.length)
      if (page.next === null) break
      cursor = page.next
    }
    deepEqual(pages, [2, 2, 1, 1])
  })

  it("shows nothing of one organisation to another", async () => {
    const { keyValues } = subject.storage
    const { organisation } = subject
    const other = `${organisation}-other`
    await keyValues.set(organisation, "k", stays("1"))
    equal(await keyValues.find(other, "k", now), null)
    deepEqual(await keyValues.list(other, "", { limit: 10 }, now), { items: [], next: null })
    equal(await keyValues.remove(other, "k", now), false)
    equal(await keyValues.compareAndSet(other, "k", "1", stays("2")), false)
    equal(await keyValues.increment(other, "k", { by: 5, expiresAt: null, now }), 5)
    deepEqual(await keyValues.find(organisation, "k", now), { key: "k", json: "1" })
  })
}
