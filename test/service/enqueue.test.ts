import { describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, definePipeline, type EnqueueOptions, type Functions } from "../../src/index.ts"
import { temporaryPaths } from "../storage/support/sqlite.ts"
import { openService, rejectionOf } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1)
const now = () => nowMs
const service = openService({ now, queue: { pollMs: 5 } })
const temporaryPath = temporaryPaths()

/** The call once it has ended, or has the status asked for. */
async function ended(functions: Functions, id: string, wanted?: string) {
  for (;;) {
    const call = await functions.invocations.get(id)
    const isEnd = call.status !== "queued" && call.status !== "running"
    if (wanted === undefined ? isEnd : call.status === wanted) return call
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The call once so many tries have ended. */
async function tried(functions: Functions, id: string, tries: number) {
  for (;;) {
    const call = await functions.invocations.get(id)
    if ("attempts" in call && call.attempts.length >= tries) return call
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe("an enqueued call", () => {
  it("is accepted at once, runs by itself, and can be followed", async () => {
    const { functions } = service
    const { functionId } = await functions.deploy({ name: "double", source: "export default (n) => n * 2" })
    const accepted = await functions.enqueue("double", 21)
    expect(accepted).toMatchObject({ name: "double", status: "queued", attempts: [], runAt: nowMs })
    const done = await ended(functions, accepted.id)
    expect(done).toMatchObject({ id: accepted.id, functionId, version: 1, status: "succeeded", output: 42, logs: [] })
    expect(done).toMatchObject({ attempts: [{ number: 1, startedAt: nowMs }] })
  })

  it("waits for its time", async () => {
    const { functions } = service
    const { id } = await functions.enqueue("double", 1, { delayMs: 60_000 })
    await tried(functions, (await functions.enqueue("double", 2)).id, 1)
    expect(await functions.invocations.get(id)).toMatchObject({ status: "queued", attempts: [], runAt: nowMs + 60_000 })
    nowMs += 60_000
    expect(await ended(functions, id)).toMatchObject({ output: 2 })
  })

  it("is refused where there is no such function, and nothing is stored", async () => {
    const { functions } = service
    expect(await rejectionOf(functions.enqueue("missing"))).toMatchObject({ code: "FN_001" })
    let deep: unknown = 1
    for (let depth = 0; depth < 50_000; depth++) deep = [deep]
    for (const input of [1n, deep]) {
      expect(await rejectionOf(functions.enqueue("double", input))).toBeInstanceOf(TypeError)
    }
    expect(await rejectionOf(functions.enqueue("double", 1, { priority: 101 }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "priority", message: "must be a whole number from -100 to 100" }],
    })
    // As those write them who have no types: taken for a number, the delay would be put behind the time as a text.
    const texts = { delayMs: "5", runAt: "2026-02-01", deadline: "2026-02-01", idempotencyTtlMs: "5" }
    for (const [path, text] of Object.entries(texts)) {
      const refused = await rejectionOf(
        functions.enqueue("double", 1, { idempotencyKey: path, [path]: text } as EnqueueOptions),
      )
      expect(refused).toMatchObject({ code: "FN_006", issues: [{ path }] })
    }
  })

  it.each([
    { delayMs: 1e300 },
    { runAt: 1e300 },
    { runAt: new Date(Number.NaN) },
    { deadline: -1e300 },
    { idempotencyKey: "k", idempotencyTtlMs: 1e300 },
  ])("is refused with a time that no database can keep: %o", async (options) => {
    const [path] = Object.keys(options).slice(-1)
    const { functions } = service
    expect(await rejectionOf(functions.enqueue("double", 1, options))).toMatchObject({
      code: "FN_006",
      issues: [{ path }],
    })
  })

  it("is the same call for the same idempotency key, and a conflict with another input", async () => {
    const { functions } = service
    const idempotencyKey = "order-17"
    const first = await functions.enqueue("double", 5, { idempotencyKey })
    await ended(functions, first.id)
    expect(await functions.enqueue("double", 5, { idempotencyKey })).toMatchObject({ id: first.id, output: 10 })
    expect(await rejectionOf(functions.enqueue("double", 6, { idempotencyKey }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "idempotencyKey" }],
    })
    nowMs += 86_400_000
    expect((await functions.enqueue("double", 6, { idempotencyKey })).id).not.toBe(first.id)
  })

  it.each([
    ["traceId", "abc"],
    ["traceId", "0".repeat(32)],
    ["traceId", "4BF92F3577B34DA6A3CE929D0E0E4736"],
    ["traceId", 5],
    ["parentSpanId", "00-00f067aa0ba902b7"],
    ["parentSpanId", "0".repeat(16)],
  ])("is refused with the %s %o, which no trace has; so are events, messages and runs", async (path, value) => {
    const { functions } = service
    const options = { [path]: value } as { traceId?: string }
    await functions.pipelines.define(definePipeline("traced").step("double"))
    for (const refused of [
      functions.enqueue("double", 1, options),
      functions.publish({ type: "paid" }, options),
      functions.queues.send("orders", 1, options),
      functions.pipelines.run("traced", 1, options),
      functions.pipelines.start("traced", 1, options),
    ]) {
      expect(await rejectionOf(refused)).toMatchObject({ code: "FN_006", issues: [{ path }] })
    }
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
    expect((await functions.pipelines.run("traced", 1, { traceId, parentSpanId: "00f067aa0ba902b7" })).output).toBe(2)
  })

  it("is the same call for the same input with its keys in another order", async () => {
    const { functions } = service
    const options = { idempotencyKey: "keys" }
    const { id } = await functions.enqueue("double", { a: 1, b: [{ c: 2, d: 3 }] }, options)
    expect(await functions.enqueue("double", { b: [{ d: 3, c: 2 }], a: 1 }, options)).toMatchObject({ id })
    expect(await rejectionOf(functions.enqueue("double", { a: 1, b: [{ c: 2, d: 4 }] }, options))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "idempotencyKey" }],
    })
  })

  it("is cancelled while it waits, and stopped while it runs", async () => {
    const { functions } = service
    await functions.deploy({ name: "sleepy", source: "export default () => new Promise((r) => setTimeout(r, 20_000))" })
    const later = await functions.enqueue("double", 1, { delayMs: 1000 })
    expect(await functions.invocations.cancel(later.id)).toMatchObject({ status: "cancelled" })
    const { id } = await functions.enqueue("sleepy")
    await ended(functions, id, "running")
    expect(await functions.invocations.cancel(id)).toMatchObject({ status: "cancelled", error: { code: "FN_002" } })
    expect(await ended(functions, id)).toMatchObject({ status: "cancelled" })
    expect(await rejectionOf(functions.invocations.cancel("nothing"))).toMatchObject({ code: "FN_001" })
  })

  it("fails where it has not begun by its deadline, though it is delayed for longer", async () => {
    const { functions } = service
    const { id } = await functions.enqueue("double", 1, { delayMs: 1e9, deadline: nowMs + 1000 })
    nowMs += 1001
    expect(await ended(functions, id)).toMatchObject({ status: "failed", error: { code: "FN_002" }, attempts: [] })
  })
})

describe("a failed try", () => {
  const flaky = `import { kv } from "inlay/sdk"
    export default async ({ key, fails }) => {
      const tries = await kv.increment(key)
      if (tries <= fails) throw new Error("try " + tries)
      return tries
    }`

  it("is followed by another, after a wait, until one succeeds; each is recorded", async () => {
    const { functions } = service
    await functions.deploy({ name: "flaky", source: flaky, config: { retry: { attempts: 3, delay: 10 } } })
    const { id } = await functions.enqueue("flaky", { key: "a", fails: 2 })
    const waiting = await tried(functions, id, 1)
    expect(waiting).toMatchObject({ attempts: [{ number: 1, error: { message: "try 1" } }] })
    nowMs += 20_000
    await tried(functions, id, 2)
    nowMs += 40_000
    const done = await ended(functions, id)
    expect(done).toMatchObject({
      status: "succeeded",
      output: 3,
      attempts: [{ number: 1 }, { number: 2 }, { number: 3 }],
    })
  })

  it("is the last one where it was the last one allowed: the call is a dead letter", async () => {
    const { functions } = service
    await functions.deploy({ name: "flaky2", source: flaky, config: { retry: { attempts: 2, delay: 0 } } })
    const { id } = await functions.enqueue("flaky2", { key: "b", fails: 9 })
    expect(await ended(functions, id)).toMatchObject({
      status: "failed",
      error: { code: "FN_004", message: "try 2" },
      attempts: [{ error: { message: "try 1" } }, { error: { message: "try 2" } }],
    })
    expect(await functions.deadLetters.get(id)).toMatchObject({ id, input: { key: "b", fails: 9 } })
  })

  it("is the last one where another would fail as well", async () => {
    const { functions } = service
    const source = `export default (name) => { throw Object.assign(new Error("no"), { name }) }`
    await functions.deploy({ name: "fails", source })
    for (const name of ["SyntaxError", "NonRetriableError"]) {
      const { id } = await functions.enqueue("fails", name)
      expect(await ended(functions, id)).toMatchObject({ status: "failed", attempts: [{ number: 1 }] })
    }
  })

  it("waits by the policy where the function's answer asks for nothing that can be read", async () => {
    const { functions } = service
    await functions.deploy({
      name: "vague",
      source: `export default { fetch: (request) => new Response("", { status: 503, headers: { "retry-after": "soon 1" } }) }`,
      config: { retry: { delay: 86_400 } },
    })
    const { id } = await functions.enqueue("vague")
    expect((await tried(functions, id, 1)) as object).toMatchObject({ status: "queued" })
    const call = await functions.invocations.get(id)
    expect("runAt" in call && call.runAt).toBeGreaterThan(nowMs)
    await functions.invocations.cancel(id)
  })

  it("is not done again for an answer whose JSON nests deeper than a value may", async () => {
    const { functions } = service
    await functions.deploy({
      name: "abyss",
      source: `export default { fetch: () => new Response("[".repeat(20000) + "]".repeat(20000),
        { headers: { "content-type": "application/json" } }) }`,
    })
    const call = await ended(functions, (await functions.enqueue("abyss")).id)
    expect(call).toMatchObject({ status: "succeeded", attempts: [{ number: 1 }] })
    expect("output" in call && call.output).toHaveLength(40_000)
  })

  it("waits as long as the function's answer asks for", async () => {
    const { functions } = service
    await functions.deploy({
      name: "busy",
      source: `export default { fetch: () => new Response("", { status: 503, headers: { "retry-after": "3600" } }) }`,
    })
    const { id } = await functions.enqueue("busy")
    const call = await tried(functions, id, 1)
    expect(call).toMatchObject({
      status: "queued",
      runAt: nowMs + 3_600_000,
      attempts: [{ error: { name: "HttpError" } }],
    })
    await functions.invocations.cancel(id)
  })
})

describe("a dead letter", () => {
  it("is called again, with another input if need be, and linked to the new call", async () => {
    const { functions } = service
    await functions.deploy({
      name: "picky",
      source: `export default (n) => { if (n < 0) throw new (class ValidationError extends Error { name = "ValidationError" })("negative"); return n }`,
    })
    const { id } = await functions.enqueue("picky", -1)
    await ended(functions, id)
    const again = await functions.deadLetters.replay(id, { input: 7 })
    expect(again).toMatchObject({ originId: id, status: "queued" })
    expect(await ended(functions, again.id)).toMatchObject({ status: "succeeded", output: 7, originId: id })
    expect(await functions.deadLetters.get(id)).toMatchObject({ replayedAs: again.id, input: -1 })
    expect(await rejectionOf(functions.deadLetters.replay(again.id))).toMatchObject({ code: "FN_001" })
  })

  it("is called again with all that fit, once, after a look at which ones these are", async () => {
    const { functions } = service
    const letters: string[] = []
    for (const n of [-2, -3, -4]) letters.push((await functions.enqueue("picky", n)).id)
    for (const id of letters) await ended(functions, id)
    const filter = { function: "picky" }
    expect(await functions.deadLetters.replayAll(filter, { dryRun: true })).toEqual({ count: 3, ids: letters })
    const oldest = { count: 1, ids: letters.slice(0, 1) }
    expect(await functions.deadLetters.replayAll(filter, { dryRun: true, limit: 1 })).toEqual(oldest)
    for (const path of ["limit", "perSecond"]) {
      const refused = await rejectionOf(functions.deadLetters.replayAll(filter, { [path]: 1e-300 }))
      expect(refused).toMatchObject({ code: "FN_006", issues: [{ path }] })
    }
    const replay = () => functions.deadLetters.replayAll(filter, { perSecond: 1 })
    const replays = await Promise.all([replay(), replay(), replay()])
    // Whoever replays at the same time replays none of them a second time.
    expect(replays.reduce((sum, { count }) => sum + count, 0)).toBe(3)
    expect(replays.flatMap(({ ids }) => ids).sort()).toEqual(letters)
    const { items } = await functions.deadLetters.list({ ...filter, replayed: true })
    expect(items).toHaveLength(4)
    const [slow] = items
    expect((await functions.invocations.get(slow?.replayedAs ?? "")) as object).toMatchObject({ runAt: nowMs + 2000 })
    const { ids } = await functions.deadLetters.replayAll(filter, { dryRun: true })
    expect(ids.filter((id) => letters.includes(id))).toEqual([])
  })

  it("of millions of characters stands on a page of few", async () => {
    const functions = service.functions.organisation("large")
    const source = `export default () => { throw Object.assign(new Error("no"), { name: "NonRetriableError" }) }`
    await functions.deploy({ name: "heavy", source })
    const letters: string[] = []
    for (let n = 0; n < 3; n++) letters.unshift((await functions.enqueue("heavy", "x".repeat(2_000_000))).id)
    for (const id of letters) await ended(functions, id)
    const first = await functions.deadLetters.list()
    expect(first.items.map(({ id }) => id)).toEqual(letters.slice(0, 2))
    const second = await functions.deadLetters.list({}, { cursor: first.next ?? "" })
    expect([second.items.map(({ id }) => id), second.next]).toEqual([letters.slice(2), null])
    expect((await functions.deadLetters.list({}, { limit: 1 })).next).toBe(letters[0])
    expect(await functions.deadLetters.replayAll()).toEqual({ count: 3, ids: letters.toReversed() })
  })

  it("is removed alone or with others", async () => {
    const { functions } = service
    const { items } = await functions.deadLetters.list({ function: "picky" })
    const [first] = items
    await functions.deadLetters.remove(first?.id ?? "")
    expect(await rejectionOf(functions.deadLetters.get(first?.id ?? ""))).toMatchObject({ code: "FN_001" })
    expect(await functions.deadLetters.purge({ function: "picky", code: "FN_002" })).toBe(0)
    expect(await functions.deadLetters.purge({ function: "picky" })).toBeGreaterThanOrEqual(items.length - 1)
    expect((await functions.organisation("other").deadLetters.list()).items).toEqual([])
  })
})

describe("a service that ends", () => {
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

  it("hands back what has not ended, and another one does it", async () => {
    const path = temporaryPath("shared.db")
    const options = { logger, authenticate: "open" } as const
    const first = await createFunctions({ storage: sqlite(path), ...options })
    await first.deploy({
      name: "sleepy",
      source: "export default (ms) => new Promise((r) => setTimeout(r, ms, 'done'))",
    })
    const { id } = await first.enqueue("sleepy", 5000)
    await ended(first, id, "running")
    await first.close({ graceMs: 0 })
    const second = await createFunctions({ storage: sqlite(path), queue: { concurrency: 0 }, ...options })
    expect(await second.invocations.get(id)).toMatchObject({ status: "queued", attempts: [] })
    await second.close()
  })
})
