import { describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { definePipeline, type Firing, type Functions } from "../../src/index.ts"
import { openService, rejectionOf } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1)
const now = () => nowMs
const storage = sqlite(":memory:")
const service = openService({ storage, now, queue: { pollMs: 5 } })

/** What a firing's call or run has answered. */
async function outputOf(functions: Functions, { jobId }: Firing): Promise<unknown> {
  for (;;) {
    const call = await functions.invocations.get(jobId ?? "").catch(() => functions.pipelines.getRun(jobId ?? ""))
    if (call.status === "succeeded") return "output" in call ? call.output : undefined
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What is found in the end. */
async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const nightly = { type: "schedule", name: "nightly", cron: "0 3 * * *", timezone: "Europe/Berlin" } as const
const source = "export default (event) => event"

describe("a trigger of a function", () => {
  it.each([
    { type: "event", event: "order.paid" },
    { type: "pubsub", topic: "orders" },
    { type: "queue", queue: "mails" },
    { type: "webhook", path: "/hooks/plain", provider: "none" },
    { type: "database", collection: "users" },
    { type: "storage", bucket: "uploads" },
    { type: "auth" },
    nightly,
  ] as const)("of the type $type is deployed without a warning", async (trigger) => {
    const functions = service.functions.organisation("quiet")
    const { warnings } = await functions.deploy({ name: trigger.type, source, config: { triggers: [trigger] } })
    expect(warnings).toEqual([])
  })

  it.each([
    [{ type: "queue", queue: "q", filter: "data.total > 1" }, "filter"],
    [{ type: "queue", queue: "q", event: "a" }, "event"],
    [{ type: "queue", queue: "q", batchTimeout: 3 }, "batchTimeout"],
    [{ type: "event", event: "a", queue: "q" }, "queue"],
    [{ type: "event", event: "a", batchTimeout: 3 }, "batchTimeout"],
    [{ type: "pubsub", topic: "a", event: "b" }, "event"],
    [{ type: "pubsub", topic: "a", events: ["b"] }, "events"],
    [{ type: "schedule", cron: "0 3 * * *", schedule: "0 4 * * *" }, "schedule"],
  ] as const)("is refused where a field of it means nothing: %j", async (trigger, field) => {
    const functions = service.functions.organisation("idle-fields")
    const config = { triggers: [{ type: "auth" }, trigger] } as const
    expect(await rejectionOf(functions.deploy({ name: "f", source, config }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: `triggers.1.${field}` }],
    })
    expect(await rejectionOf(functions.pipelines.define(definePipeline("p").on(trigger).wait(1)))).toMatchObject({
      code: "FN_006",
      issues: [{ path: `triggers.0.${field}` }],
    })
  })

  it("stays as it was declared, though it would be refused by now, where a deploy or a change does not name triggers", async () => {
    const functions = service.functions.organisation("declared-before")
    const { functionId } = await functions.deploy({ name: "f", source })
    const triggers = [{ type: "queue", queue: "q", filter: "data.total > 1" }] as const
    await storage.functions.update("declared-before", functionId, { triggers, updatedAt: nowMs })
    await functions.deploy({ name: "f", source: `${source} // again` })
    await functions.update("f", { config: { timeout: 5 } })
    expect((await functions.get("f")).triggers).toEqual(triggers)
    expect(await rejectionOf(functions.update("f", { config: { timeout: 6 }, triggers }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "triggers.0.filter" }],
    })
  })

  it("gathers events for a function, and is refused where a pipeline is to have them together", async () => {
    const functions = service.functions.organisation("gathered")
    const trigger = { type: "event", event: "a", batchSize: 2 } as const
    expect(await rejectionOf(functions.pipelines.define(definePipeline("p").on(trigger).wait(1)))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "triggers.0.batchSize" }],
    })
    await functions.deploy({ name: "f", source, config: { triggers: [trigger] } })
    await functions.events.publishAll([
      { type: "a", data: 1 },
      { type: "a", data: 2 },
    ])
    const [declared] = (await functions.triggers.list()).items
    const firing = await until(async () => (await functions.triggers.firings(declared?.id ?? "")).items[0])
    expect(await outputOf(functions, firing)).toMatchObject({ events: [{ data: 1 }, { data: 2 }] })
  })

  it("is there as soon as the function is deployed, and calls it", async () => {
    const functions = service.functions.organisation("acme")
    await functions.deploy({ name: "echo", source, config: { triggers: [nightly] } })
    const { items } = await functions.triggers.list({ function: "echo" })
    expect(items).toMatchObject([{ name: "nightly", type: "schedule", status: "active", target: { name: "echo" } }])
    const firing = await functions.triggers.fire(items[0]?.id ?? "", { event: { total: 3 } })
    expect(await outputOf(functions, firing)).toEqual({ total: 3 })
  })

  it("makes the event of a schedule where a trial has none", async () => {
    const functions = service.functions.organisation("acme")
    const triggers = [{ ...nightly, input: { range: "day", trigger: "mine" } }]
    await functions.update("echo", { triggers })
    const [trigger] = (await functions.triggers.list()).items
    const at = new Date(nowMs).toISOString()
    expect(await outputOf(functions, await functions.triggers.fire(trigger?.id ?? ""))).toEqual({
      type: "schedule",
      trigger: "mine",
      cron: "0 3 * * *",
      timezone: "Europe/Berlin",
      scheduledFor: at,
      firedAt: at,
      range: "day",
    })
  })

  it("is paused through deploys, until it is resumed", async () => {
    const functions = service.functions.organisation("acme")
    const [trigger] = (await functions.triggers.list()).items
    const id = trigger?.id ?? ""
    expect(await functions.triggers.pause(id)).toMatchObject({ status: "paused", nextAt: null })
    await functions.deploy({ name: "echo", source: `${source} // 2`, config: { triggers: [nightly] } })
    expect(await functions.triggers.get(id)).toMatchObject({ status: "paused", configuration: nightly })
    expect(await functions.triggers.resume(id)).toMatchObject({ status: "active" })
  })

  it("fires again what it fired, and both tell of it", async () => {
    const functions = service.functions.organisation("acme")
    const [trigger] = (await functions.triggers.list()).items
    const id = trigger?.id ?? ""
    nowMs += 60_000
    const first = await functions.triggers.fire(id, { event: "once" })
    const again = await functions.triggers.replay(id, first.id)
    expect(again).toMatchObject({ cause: "replay", originId: first.id, event: "once", firedAt: nowMs })
    expect((await functions.triggers.firings(id, { limit: 2 })).items).toEqual([again, first])
    expect(await functions.triggers.get(id)).toMatchObject({ lastFiredAt: nowMs })
  })

  it("goes with its function, and what it fired stays", async () => {
    const functions = service.functions.organisation("acme")
    const [trigger] = (await functions.triggers.list()).items
    const id = trigger?.id ?? ""
    await functions.remove("echo")
    expect((await functions.triggers.list()).items).toEqual([])
    expect((await functions.triggers.firings(id)).items.length).toBeGreaterThan(0)
    const { get, fire, pause } = functions.triggers
    for (const ask of [get, fire, pause]) expect(await rejectionOf(ask(id))).toMatchObject({ code: "FN_001" })
    expect(await rejectionOf(functions.triggers.firings("none"))).toMatchObject({ code: "FN_001" })
    expect(await rejectionOf(functions.triggers.list({ function: "echo" }))).toMatchObject({ code: "FN_001" })
  })

  it("belongs to its organisation", async () => {
    const functions = service.functions.organisation("acme")
    await functions.deploy({ name: "echo", source, config: { triggers: [nightly] } })
    const [trigger] = (await functions.triggers.list()).items
    const others = service.functions.organisation("globex").triggers
    expect((await others.list()).items).toEqual([])
    expect(await rejectionOf(others.fire(trigger?.id ?? ""))).toMatchObject({ code: "FN_001" })
  })
})

describe("a trigger of a pipeline", () => {
  it("runs it with the event", async () => {
    const functions = service.functions.organisation("flows")
    await functions.deploy({ name: "total", source: "export default ({ values }) => values.length" })
    const pipeline = definePipeline("count").on(nightly).step("total").on({ type: "event", event: "counted" })
    expect(await functions.pipelines.define(pipeline)).toMatchObject({
      triggers: [nightly, { type: "event", event: "counted" }],
    })
    const { items } = await functions.triggers.list({ pipeline: "count" })
    expect(items.map(({ name, target }) => [name, target.kind])).toEqual([
      ["nightly", "pipeline"],
      ["event", "pipeline"],
    ])
    const firing = await functions.triggers.fire(items[0]?.id ?? "", { event: { values: [1, 2] } })
    expect(await outputOf(functions, firing)).toBe(2)
  })
})

describe("a trigger of a function without code", () => {
  it("is refused, and the firing says why", async () => {
    const functions = service.functions.organisation("empty")
    await functions.create({ name: "later", config: { triggers: [nightly] } })
    const [trigger] = (await functions.triggers.list()).items
    const firing = await functions.triggers.fire(trigger?.id ?? "")
    expect(firing).toMatchObject({ outcome: "refused", jobId: null })
    expect(firing.reason).toMatch(/^FN_001: Cannot find a version of function "later"/)
  })
})
