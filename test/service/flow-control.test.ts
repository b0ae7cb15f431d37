import { describe, expect, it } from "vitest"
import { z } from "zod"
import type { Functions, QueueControl } from "../../src/index.ts"
import { defineCapabilityMethod } from "../../src/ports/capability.ts"
import { openService, rejectionOf } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1)
const now = () => nowMs

/** Calls that are inside, by the name they gave; each leaves when it is let out. */
const inside = new Map<string, () => void>()
const entered: string[] = []
const door = {
  description: "Holds calls until the test lets them out.",
  methods: {
    enter: defineCapabilityMethod({
      description: "Waits inside.",
      input: z.object({ name: z.string() }),
      output: z.null(),
      handle: ({ name }) =>
        new Promise<null>((resolve) => {
          entered.push(name)
          inside.set(name, () => {
            inside.delete(name)
            resolve(null)
          })
        }),
    }),
  },
}
const entering = `import { capabilities } from "inlay/sdk"
  export default async (event) => { await capabilities.door.enter({ name: event.name }); return event.name }`

const service = openService({
  now,
  queue: { pollMs: 5, organisationConcurrency: (organisation) => (organisation === "small" ? 2 : undefined) },
  capabilities: { door },
})

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function ended(functions: Functions, id: string) {
  let call = await functions.invocations.get(id)
  await until(async () => {
    call = await functions.invocations.get(id)
    return call.status !== "queued" && call.status !== "running"
  })
  return call
}

async function letOut(names: Iterable<string>): Promise<void> {
  for (const name of names) {
    await until(() => inside.has(name))
    inside.get(name)?.()
  }
}

const deploy = (functions: Functions, name: string, source: string, queue: QueueControl) =>
  functions.deploy({ name, source, config: { queue, retry: { attempts: 2, delay: 0 } } })

/** A further call of a function without bounds has run: whatever else could run by now has been looked at. */
async function settled(functions: Functions): Promise<void> {
  await functions.deploy({ name: "probe", source: "export default () => 1" })
  for (let round = 0; round < 3; round += 1) await ended(functions, (await functions.enqueue("probe")).id)
}

describe("the concurrency of queued calls", () => {
  it("holds for each key of the input, and lets the next one in when one ends", async () => {
    const { functions } = service
    await deploy(functions, "one-per-user", entering, { concurrency: { limit: 1, key: "event.data.user" } })
    const call = (user: string, name: string) => functions.enqueue("one-per-user", { name, data: { user } })
    const calls = [await call("a", "a1"), await call("a", "a2"), await call("b", "b1")]
    await until(() => inside.has("a1") && inside.has("b1"))
    await settled(functions)
    expect([...inside.keys()].sort()).toEqual(["a1", "b1"])
    await letOut(["a1", "a2", "b1"])
    for (const { id } of calls) expect(await ended(functions, id)).toMatchObject({ status: "succeeded" })
  })

  it("holds for a key and for the function together, and not for direct calls", async () => {
    const { functions } = service
    const concurrency = [{ limit: 2 }, { limit: 1, key: "event.user" }]
    await deploy(functions, "both", entering, { concurrency })
    const names = ["x1", "x2", "y1", "z1"]
    for (const name of names) await functions.enqueue("both", { name, user: name.charAt(0) })
    await until(() => inside.size === 2)
    const direct = functions.invoke("both", { name: "direct", user: "x" })
    await letOut(["direct"])
    await direct
    await settled(functions)
    expect([...inside.keys()].sort()).toEqual(["x1", "y1"])
    await letOut(["y1", "z1", "x1", "x2"])
  })

  it("holds a call that is replayed with another input by the key of that input", async () => {
    const { functions } = service
    const failing = "export default () => { throw new TypeError('no such user') }"
    await deploy(functions, "replayed-per-user", failing, { concurrency: { limit: 1, key: "event.user" } })
    const { id } = await functions.enqueue("replayed-per-user", { user: "nobody" })
    expect(await ended(functions, id)).toMatchObject({ status: "failed" })
    await deploy(functions, "replayed-per-user", entering, { concurrency: { limit: 1, key: "event.user" } })
    const held = await functions.enqueue("replayed-per-user", { name: "m1", user: "mary" })
    await until(() => inside.has("m1"))
    const again = await functions.deadLetters.replay(id, { input: { name: "m2", user: "mary" } })
    await settled(functions)
    expect(inside.has("m2")).toBe(false)
    await letOut(["m1", "m2"])
    for (const one of [held.id, again.id]) expect(await ended(functions, one)).toMatchObject({ status: "succeeded" })
  })

  it("holds for all work of an organisation, where the host says so", async () => {
    const functions = service.functions.organisation("small")
    await deploy(functions, "free", entering, {})
    for (const name of ["s1", "s2", "s3"]) await functions.enqueue("free", { name })
    await until(() => inside.size === 2)
    await deploy(service.functions, "free", entering, {})
    await service.functions.enqueue("free", { name: "other" })
    await letOut(["other"])
    expect([...inside.keys()].sort()).toEqual(["s1", "s2"])
    await letOut(["s1", "s2", "s3"])
  })
})

describe("a throttle", () => {
  it("delays calls, so that they begin evenly, and drops none", async () => {
    const { functions } = service
    await deploy(functions, "paced", "export default (n) => n", { throttle: { limit: 2, period: 60 } })
    const calls = []
    for (const n of [1, 2, 3]) calls.push(await functions.enqueue("paced", n))
    const startedAt = []
    for (const { id } of calls) {
      const call = await ended(functions, id)
      startedAt.push("attempts" in call ? (call.attempts[0]?.startedAt ?? 0) - nowMs : undefined)
      nowMs += 30_000
    }
    expect(startedAt).toEqual([0, 0, 0])
  })
})

describe("a debounce", () => {
  it("runs the last of the calls alone, and ends all of them as it ends", async () => {
    const { functions } = service
    const seen: unknown[] = []
    const stop = functions.on("invocation.finished", ({ name }) => void (name === "last" && seen.push(name)))
    await deploy(functions, "last", "export default ({ text }) => text", {
      debounce: { period: 10, key: "event.page" },
    })
    const first = await functions.enqueue("last", { page: 1, text: "a" })
    nowMs += 9000
    const second = await functions.enqueue("last", { page: 1, text: "b" })
    const elsewhere = await functions.enqueue("last", { page: 2, text: "c" })
    nowMs += 9999
    await settled(functions)
    expect(await functions.invocations.get(second.id)).toMatchObject({ status: "queued" })
    nowMs += 1
    for (const [{ id }, output] of [
      [first, "b"],
      [second, "b"],
      [elsewhere, "c"],
    ] as const) {
      expect(await ended(functions, id)).toMatchObject({ id, status: "succeeded", output, attempts: [{ number: 1 }] })
    }
    expect(seen).toHaveLength(2)
    stop()
  })
})

describe("a batch", () => {
  const summing = "export default ({ events }) => events.reduce((sum, n) => sum + n, 0)"

  it("runs calls as one with their inputs as a list, when there are enough or time is over", async () => {
    const { functions } = service
    await deploy(functions, "sum", summing, { batch: { maxSize: 3, timeout: 5 } })
    const calls = []
    for (const n of [1, 2, 3, 4]) calls.push(await functions.enqueue("sum", n))
    for (const { id } of calls.slice(0, 3)) expect(await ended(functions, id)).toMatchObject({ id, output: 6 })
    const rest = calls[3]?.id ?? ""
    expect(await functions.invocations.get(rest)).toMatchObject({ status: "queued" })
    nowMs += 5000
    expect(await ended(functions, rest)).toMatchObject({ output: 4 })
  })

  it("that fails is tried again whole; then each of its calls is a dead letter of its own, and is replayed", async () => {
    const { functions } = service
    const failing = `import { kv } from "inlay/sdk"
      export default async ({ events }) => {
        const tries = await kv.increment("batch-tries")
        if (tries <= 2) throw new Error("try " + tries)
        return events
      }`
    await deploy(functions, "all-or-none", failing, { batch: { maxSize: 2, timeout: 5 } })
    const a = await functions.enqueue("all-or-none", "a")
    const b = await functions.enqueue("all-or-none", "b")
    const attempts = [{ error: { message: "try 1" } }, { error: { message: "try 2" } }]
    for (const { id } of [a, b]) expect(await ended(functions, id)).toMatchObject({ status: "failed", attempts })
    const { items } = await functions.deadLetters.list({ function: "all-or-none" })
    expect(items.map(({ input }) => input)).toEqual(["b", "a"])
    const again = await functions.deadLetters.replay(b.id)
    nowMs += 5000
    expect(await ended(functions, again.id)).toMatchObject({ output: ["b"], originId: b.id })
  })

  it("is followed by each of its calls while it is tried again", async () => {
    const { functions } = service
    await functions.deploy({
      name: "later",
      source: "export default () => { throw new Error('no') }",
      config: { queue: { batch: { maxSize: 2, timeout: 60 } }, retry: { attempts: 2, delay: 3600, maxDelay: 3600 } },
    })
    await functions.enqueue("later", 1)
    const { id } = await functions.enqueue("later", 2)
    await until(async () => {
      const call = await functions.invocations.get(id)
      return "attempts" in call && call.attempts.length === 1
    })
    expect(await functions.invocations.get(id)).toMatchObject({ id, status: "queued", error: { message: "no" } })
  })
})

describe("the queue's configuration", () => {
  it("is refused with the field where it makes no sense", async () => {
    const { functions } = service
    const issuesOf = async (queue: unknown) => {
      const config = { queue } as { queue: QueueControl }
      const error = await rejectionOf(functions.deploy({ name: "wrong", source: "export default () => 1", config }))
      expect(error).toMatchObject({ code: "FN_006" })
      return (error.issues as { path: string }[]).map(({ path }) => path)
    }
    expect(await issuesOf({ concurrency: 0 })).toEqual(["queue.concurrency"])
    expect(await issuesOf({ concurrency: [{ limit: 1 }, { limit: 2 }] })).toEqual(["queue.concurrency"])
    expect(await issuesOf({ throttle: { limit: 1, period: "soon" } })).toEqual(["queue.throttle.period"])
    expect(await issuesOf({ throttle: { limit: 5000, period: 1 } })).toEqual(["queue.throttle.limit"])
    expect(await issuesOf({ debounce: { period: 1, key: "Date.now()" } })).toEqual(["queue.debounce.key"])
    expect(await issuesOf({ debounce: { period: 10, timeout: 5 } })).toEqual(["queue.debounce.timeout"])
    expect(await issuesOf({ debounce: { period: 1 }, batch: { maxSize: 2, timeout: 1 } })).toEqual(["queue.batch"])
    expect(await issuesOf({ batch: { maxSize: 0, timeout: 1 } })).toEqual(["queue.batch.maxSize"])
    expect(await issuesOf({ priority: 1000 })).toEqual(["queue.priority"])
    expect(await issuesOf({ throttel: {} })).toEqual(["queue.throttel"])
  })

  it.each([
    [{ concurrency: [{ limit: 1 }, { limit: 2 }] }, "must not have two limits of the same key, or without one"],
    [{ throttle: { limit: 1, period: "soon" } }, 'must be seconds, or a text such as "30s" or "5m"'],
  ])("says what %j should be", async (queue, message) => {
    const config = { queue } as { queue: QueueControl }
    const deploying = service.functions.deploy({ name: "wrong", source: "export default () => 1", config })
    expect((await rejectionOf(deploying)).message).toContain(message)
  })

  it("takes times with their units, and the priority of calls that name none", async () => {
    const { functions } = service
    const queue = { throttle: { limit: 5, period: "1m" }, priority: 7 } as unknown as QueueControl
    await deploy(functions, "ranked", "export default () => 1", queue)
    expect((await functions.get("ranked")).configuration?.queue).toEqual({
      throttle: { limit: 5, period: 60 },
      priority: 7,
    })
    expect(await functions.enqueue("ranked")).toMatchObject({ priority: 7 })
    expect(await functions.enqueue("ranked", null, { priority: 1 })).toMatchObject({ priority: 1 })
  })

  it("leaves no deadline to a call that is gathered with others", async () => {
    const { functions } = service
    expect(await rejectionOf(functions.enqueue("sum", 1, { deadline: nowMs + 1000 }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "deadline" }],
    })
  })
})
