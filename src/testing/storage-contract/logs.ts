import { deepEqual, equal } from "node:assert/strict"
import type { LogLine } from "../../model/log.ts"
import type { StoredLogFilter } from "../../ports/log-storage.ts"
import { toIdTime } from "../../util/log-id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleLogLine } from "./observed-samples.ts"
import { sampleTime as now } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** What functions wrote. */
export function describeLogs({ it }: ContractRunner, subject: StorageSubject): void {
  const line = (change: Partial<LogLine> = {}) => sampleLogLine(subject.organisation, change)
  const look = { order: "newest", limit: 100, maxLooked: 1000 } as const
  const find = async (filter: StoredLogFilter) =>
    (await subject.storage.logs.search(subject.organisation, filter, look)).items

  it("keeps lines as they are, each once", async () => {
    const { storage } = subject
    const fields = { order: 7, "user.id": "7", paid: true, by: null, text: 'a "b" \\ ,"order":8, 😀', constructor: 1 }
    const [first, second] = [line({ message: "'é' \"q\" \\ 😀 $1 ?1\n\t%", fields }), line({ level: "error" })]
    await storage.logs.insert([first, second], now)
    await storage.logs.insert([second], now + 1)
    await storage.logs.insert([], now)
    deepEqual(await find({}), [second, first])
    deepEqual(await storage.logs.search(`${subject.organisation}-other`, {}, look), { items: [], next: null })
  })

  it("finds lines by what they belong to, their level and their time", async () => {
    const of = {
      function: line({ functionId: "f2" }),
      version: line({ version: 2 }),
      invocation: line({ invocationId: "i2" }),
      trace: line({ traceId: "t2" }),
      debug: line({ level: "debug" }),
      warn: line({ level: "warn" }),
      error: line({ level: "error" }),
      early: line({ time: now - 1000, id: `${toIdTime(now - 1000)}-early` }),
    }
    await subject.storage.logs.insert(Object.values(of), now)
    deepEqual(await find({ functionId: "f2" }), [of.function])
    deepEqual(await find({ version: 2 }), [of.version])
    deepEqual(await find({ invocationId: "i2" }), [of.invocation])
    deepEqual(await find({ traceId: "t2" }), [of.trace])
    deepEqual(await find({ level: "error" }), [of.error])
    deepEqual(await find({ level: "warn" }), [of.error, of.warn])
    equal((await find({ level: "info" })).length, 7)
    deepEqual(await find({ to: now }), [of.early])
    deepEqual(await find({ from: now - 1000, to: now - 999.5 }), [of.early])
    equal((await find({ from: now - 999 })).length, 7)
    deepEqual(await find({ level: "warn", functionId: "f2" }), [])
  })

  it("finds lines by text, letters from A to Z in either case, and by fields of exactly a value", async () => {
    const lines = [
      line({ message: "Paid 100% of ORDER_7 \\ 'x'", fields: { order: 7 } }),
      line({ message: "É paid", fields: { order: "7", other: 1 } }),
      line({ message: "nothing", fields: { order: 77, "a.order": 7, text: ',"order":7,' } }),
      line({ message: "none" }),
    ]
    await subject.storage.logs.insert(lines, now)
    const messages = async (filter: StoredLogFilter) =>
      (await subject.storage.logs.search(subject.organisation, filter, { ...look, order: "oldest" })).items.map(
        ({ message }) => message,
      )
    const [paid = "", accented = "", nothing = ""] = lines.map(({ message }) => message)
    deepEqual(await messages({ text: "PAID" }), [paid, accented])
    deepEqual(await messages({ text: "100%" }), [paid])
    deepEqual(await messages({ text: "order_7" }), [paid])
    deepEqual(await messages({ text: "rder%7" }), [])
    deepEqual(await messages({ text: "\\ 'X" }), [paid])
    deepEqual(await messages({ text: "É" }), [accented])
    deepEqual(await messages({ text: "é" }), [])
    deepEqual(await messages({ fields: { order: "7" } }), [paid, accented])
    deepEqual(await messages({ fields: { order: "7", other: "1" } }), [accented])
    deepEqual(await messages({ fields: { "a.order": "7" } }), [nothing])
    deepEqual(await messages({ fields: { Order: "7" } }), [])
    deepEqual(await messages({ fields: { order: "" } }), [])
  })

  it("lists in pages, both ways, and goes on where it has looked at enough", async () => {
    const lines = Array.from({ length: 25 }, (_, index) => line({ message: index % 10 === 0 ? "wanted" : "other" }))
    await subject.storage.logs.insert(lines, now)
    for (const order of ["newest", "oldest"] as const) {
      for (const filter of [{}, { text: "wanted" }, { level: "info" }, { level: "error" }] as const) {
        const found: LogLine[] = []
        let cursor: string | undefined
        for (let page = 0; page < 100; page++) {
          const request = { order, limit: 2, maxLooked: 4, ...(cursor !== undefined && { cursor }) }
          const { items, next } = await subject.storage.logs.search(subject.organisation, filter, request)
          equal(items.length <= 2, true)
          found.push(...items)
          if (next === null) break
          cursor = next
        }
        const all = order === "oldest" ? lines : lines.toReversed()
        const text = "text" in filter ? filter.text : ""
        deepEqual(
          found,
          "level" in filter && filter.level === "error" ? [] : all.filter((one) => one.message.includes(text)),
        )
      }
    }
  })

  it("tells what was stored since, in its order", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-b`
    const [first, second, third] = [line(), line(), sampleLogLine(other)]
    await storage.logs.insert([second], now + 1)
    await storage.logs.insert([first, third], now + 2)
    const stored = [
      { ...second, writtenAt: now + 1 },
      { ...first, writtenAt: now + 2 },
      { ...third, writtenAt: now + 2 },
    ]
    const both = [organisation, other]
    deepEqual(await storage.logs.listWritten(both, now + 1, 10), stored)
    deepEqual(await storage.logs.listWritten(both, now + 1.5, 10), stored)
    deepEqual(await storage.logs.listWritten(both, now + 2, 1), stored.slice(1, 2))
    deepEqual(await storage.logs.listWritten(both, { ...first, writtenAt: now + 2 }, 10), stored.slice(2))
    deepEqual(await storage.logs.listWritten([organisation], now, 10), stored.slice(0, 2))
    deepEqual(await storage.logs.listWritten([], now, 10), [])
  })

  it("removes what is too old, a few at a time", async () => {
    const { storage } = subject
    // Those of other organisations are removed as well, and earlier ones first.
    while ((await storage.logs.expire(2, 1000)) > 0);
    const lines = [line(), line(), line()]
    await storage.logs.insert(lines.slice(0, 2), 1)
    await storage.logs.insert(lines.slice(2), 2)
    equal(await storage.logs.expire(2, 1), 1)
    equal(await storage.logs.expire(2, 5), 1)
    equal(await storage.logs.expire(2, 5), 0)
    deepEqual(await find({}), lines.slice(2))
  })
}
