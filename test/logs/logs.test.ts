import { expect, it, onTestFinished, vi } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, type FunctionsService, type LogTail, type Storage } from "../../src/index.ts"
import { createLogs } from "../../src/logs/create-logs.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"
import { recordOf } from "../metrics/records.ts"
import { silent } from "../service/service.ts"
import { temporaryPaths } from "../storage/support/sqlite.ts"

const paths = temporaryPaths()
const source =
  "export default ({ lines = [] }, { log }) => { for (const [level, ...values] of lines) log[level](...values) }"

async function open(storage: Storage, options: Parameters<typeof createFunctions>[0] = {}): Promise<FunctionsService> {
  const service = await createFunctions({
    authenticate: "open",
    logger: silent,
    sandbox: { threads: 1 },
    storage,
    ...options,
  })
  onTestFinished(() => service.close({ graceMs: 0 }))
  return service
}

async function openWriting(
  name = "write",
  options: Parameters<typeof createFunctions>[0] = {},
): Promise<FunctionsService> {
  const functions = await open(sqlite(":memory:"), options)
  await functions.deploy({ name, source })
  return functions
}

const write = (functions: FunctionsService, ...lines: readonly (readonly unknown[])[]) =>
  functions.run("write", { lines })

async function take(tail: LogTail, count: number): Promise<string[]> {
  const messages: string[] = []
  while (messages.length < count) {
    const { value, done } = await tail.next()
    if (done || value === undefined) break
    messages.push(value.message)
  }
  return messages
}

it("What a function wrote is found at once by its text, fields, level and call", async () => {
  const functions = await openWriting()
  const call = await write(functions, ["info", "paid", { order: 7, user: { id: "u1" } }], ["warn", "low on paper"])
  await write(functions, ["error", "out of paper"], ["debug", "\u001b[2Jcleared\r"])
  const messages = async (...filter: Parameters<typeof functions.logs.list>) =>
    (await functions.logs.list(...filter)).items.map(({ message }) => message)
  const paid = "paid { order: 7, user: { id: 'u1' } }"

  expect(await messages()).toEqual(["␛[2Jcleared␍", "out of paper", "low on paper", paid])
  expect(await messages({ text: "PAPER" })).toEqual(["out of paper", "low on paper"])
  expect(await messages({ fields: { order: "7", "user.id": "u1" } })).toEqual([paid])
  expect(await messages({ level: "warn" })).toEqual(["out of paper", "low on paper"])
  expect(await messages({ function: "write", version: 1, traceId: call.traceId, invocationId: call.id })).toHaveLength(
    2,
  )
  expect(await messages({ version: 2 })).toEqual([])
  expect(await messages({ to: call.startedAt })).toEqual([])
  expect((await functions.logs.list({ text: "paid" })).items).toEqual([
    {
      organisation: "default",
      id: expect.any(String),
      time: call.logs[0]?.time,
      level: "info",
      message: paid,
      fields: { order: 7, "user.id": "u1" },
      functionId: call.functionId,
      functionName: "write",
      version: 1,
      invocationId: call.id,
      traceId: call.traceId,
    },
  ])
  expect((await functions.organisation("other").logs.list()).items).toEqual([])

  const rows = (await new Response(await functions.logs.export({ level: "warn" })).text()).trim().split("\n")
  expect(rows.map((row) => JSON.parse(row).message)).toEqual(["low on paper", "out of paper"])
})

it("A filter that is none is refused by the name of its field", async () => {
  const functions = await openWriting()
  const refusal = async (filter: object) => {
    try {
      return void (await functions.logs.list(filter))
    } catch (error) {
      return error
    }
  }
  for (const [filter, path] of [
    [{ level: "loud" }, "level"],
    [{ from: Number.NaN }, "from"],
    [{ version: 0.5 }, "version"],
    [{ text: "x".repeat(1001) }, "text"],
    [{ fields: JSON.parse('{"__proto__":"1"}') }, "fields.__proto__"],
    [{ fields: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [n, ""])) }, "fields"],
    [{ txet: "x" }, "txet"],
  ] as const) {
    expect(await refusal(filter)).toMatchObject({ code: "FN_006", issues: [{ path }] })
    await expect(functions.logs.tail(filter as object).opened).rejects.toMatchObject({ code: "FN_006" })
    await expect(functions.logs.export(filter as object)).rejects.toMatchObject({ code: "FN_006" })
  }
  expect(await refusal({ function: "missing" })).toMatchObject({ code: "FN_001" })
  await expect(functions.logs.tail({}, { since: Number.NaN }).next()).rejects.toMatchObject({ code: "FN_006" })
})

it("A tail gives the lines of this process at once, as its filter says, and ends with its signal or the service", async () => {
  const functions = await openWriting()
  await write(functions, ["info", "before"])
  const stop = new AbortController()
  const [all, warnings] = [functions.logs.tail({}, { signal: stop.signal }), functions.logs.tail({ level: "warn" })]
  await Promise.all([all.opened, warnings.opened])
  await write(functions, ["info", "one"], ["warn", "two\u0007"])
  expect(await take(all, 2)).toEqual(["one", "two␇"])
  expect(await take(warnings, 1)).toEqual(["two␇"])
  const pending = all.next()
  stop.abort()
  expect(await pending).toEqual({ value: undefined, done: true })
  const last = warnings.next()
  await functions.close()
  expect((await last).done).toBe(true)
  await expect(functions.logs.tail().next()).rejects.toMatchObject({ code: "FN_008" })
})

it("A tail gives what other processes write, and each line once", async () => {
  const path = paths("shared.db")
  const [here, there] = [await open(sqlite(path)), await open(sqlite(path))]
  await here.deploy({ name: "write", source })
  const tail = here.logs.tail()
  await tail.opened
  await write(here, ["info", "here"])
  await write(there, ["info", "there"])
  expect((await take(tail, 2)).sort()).toEqual(["here", "there"])
  await write(there, ["info", "again"])
  expect(await take(tail, 1)).toEqual(["again"])
}, 30_000)

it("A tail that broke off goes on where it was, and loses nothing", async () => {
  const functions = await openWriting()
  const first = functions.logs.tail()
  await first.opened
  await write(functions, ["info", "one"])
  const { value } = await first.next()
  await first.return()
  await write(functions, ["info", "two"])
  const second = functions.logs.tail({}, { since: value?.arrivedAt })
  await second.opened
  await write(functions, ["info", "three"])
  const messages = new Set<string>()
  while (!messages.has("three")) for (const message of await take(second, 1)) messages.add(message)
  expect([...messages].slice(-2)).toEqual(["two", "three"])
})

it("Who reads slowly loses lines and hears how many, in their place", async () => {
  const functions = await openWriting()
  const dropped: number[] = []
  const tail = functions.logs.tail({}, { onDropped: (count) => dropped.push(count) })
  await tail.opened
  const lines = (from: number, count: number) => Array.from({ length: count }, (_, n) => ["info", String(from + n)])
  await write(functions, ...lines(0, 900))
  await write(functions, ...lines(900, 300))
  await new Promise(setImmediate)
  expect(await take(tail, 1000)).toEqual(lines(0, 1000).map(([, message]) => message))
  expect(dropped).toEqual([])
  const next = tail.next()
  await vi.waitFor(() => expect(dropped).toEqual([200]))
  await write(functions, ["info", "after"])
  expect((await next).value?.message).toBe("after")
})

it("An organisation has a bounded number of tails, and those that ended make room", async () => {
  const functions = await openWriting()
  const tails = Array.from({ length: 100 }, () => functions.logs.tail())
  await Promise.all(tails.map(({ opened }) => opened))
  await expect(functions.logs.tail().opened).rejects.toMatchObject({ code: "FN_007" })
  await expect(functions.organisation("other").logs.tail().opened).resolves.toBeUndefined()
  await tails[0]?.return()
  await expect(functions.logs.tail().opened).resolves.toBeUndefined()
})

it("Nobody asks the storage for lines while nobody follows", async () => {
  const storage = sqlite(":memory:")
  const asked = vi.spyOn(storage.logs, "listWritten")
  const functions = await open(storage)
  const tail = functions.logs.tail()
  await tail.opened
  await vi.waitFor(() => expect(asked).toHaveBeenCalled(), { timeout: 30_000, interval: 50 })
  await tail.return()
  const before = asked.mock.calls.length
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(asked).toHaveBeenCalledTimes(before)
})

it("Lines that wait while the storage is down are written when it is back", async () => {
  const storage = sqlite(":memory:")
  const { insert } = storage.logs
  const errors: unknown[] = []
  let isDown = true
  const failing: Storage = {
    ...storage,
    logs: {
      ...storage.logs,
      insert: (...given) => (isDown ? Promise.reject(new Error("no space")) : insert(...given)),
    },
  }
  const functions = await open(failing, { onError: (error, { stage }) => errors.push([stage, String(error)]) })
  await functions.deploy({ name: "write", source })
  await write(functions, ["info", "kept"])
  expect((await functions.logs.list()).items).toEqual([])
  expect(errors).toEqual([["logs", "Error: no space"]])
  isDown = false
  expect((await functions.logs.list()).items).toMatchObject([{ message: "kept" }])
})

it("Lines are removed after the time for which they are kept", async () => {
  const storage = await openMemoryStorage()
  onTestFinished(() => storage.close())
  let now = 1_000_000
  const options = {
    store: storage.logs,
    wakeAfter: () => () => {},
    findFunction: async (_: string, name: string) => name,
  }
  const logs = createLogs({ ...options, now: () => now, keepMs: 5000, onError: (error) => expect.fail(String(error)) })
  logs.record({
    ...recordOf({ startedAt: now }),
    organisation: "o",
    logs: [{ time: now, level: "info", message: "old" }],
  })
  expect((await logs.list("o", {}, { limit: 10 })).items).toHaveLength(1)
  now += 5000
  expect(await logs.expire(now, 10)).toBe(0)
  expect(await logs.expire(now + 1, 10)).toBe(1)
  expect((await logs.list("o", {}, { limit: 10 })).items).toEqual([])
  await logs.close()
  expect(() => createLogs({ ...options, now: () => now, keepMs: 0, onError: () => {} })).toThrow("logs.keepMs 0")
})
