import { describe, expect, it } from "vitest"
import { definePipeline, type Functions, type PublishedEvent } from "../../src/index.ts"
import { openService, rejectionOf } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1)
const service = openService({
  now: () => nowMs,
  queue: { pollMs: 5 },
  events: { maxBytes: 2000, identityTtlMs: 60_000 },
})

const echo = "export default (event) => event"
const eventually = async <Value>(look: () => Promise<Value>, isThere: (value: Value) => boolean): Promise<Value> => {
  for (;;) {
    const value = await look()
    if (isThere(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The record of an event once its delivery has ended. */
const delivered = (functions: Functions, id: string): Promise<PublishedEvent> =>
  eventually(
    () => functions.events.get(id),
    ({ status }) => status === "delivered" || status === "failed",
  )

/** What an event's calls have answered. */
async function outputsOf(functions: Functions, id: string): Promise<readonly unknown[]> {
  const { firings = [] } = await delivered(functions, id)
  return Promise.all(
    firings.map(async ({ jobId }) => {
      const call = await eventually(
        () => functions.invocations.get(jobId ?? ""),
        ({ status }) => status === "succeeded",
      )
      return "output" in call ? call.output : undefined
    }),
  )
}

describe("an event", () => {
  it("calls the functions that subscribed to it, with the event", async () => {
    const functions = service.functions.organisation("shop")
    const triggers = [{ type: "event", event: "order.*", filter: "data.total > 10 AND EXISTS region" }] as const
    await functions.deploy({ name: "large_orders", source: echo, config: { triggers } })
    await functions.deploy({
      name: "eu",
      source: echo,
      config: { triggers: [{ type: "pubsub", topic: "eu-*", filter: { "data.total": [5, 50] } }] },
    })
    const large = await functions.publish({ type: "order.paid", region: "eu", subject: "eu-1", data: { total: 50 } })
    expect(large).toMatchObject({ duplicate: false, event: { specversion: "1.0", source: "inlay:shop" } })
    expect(await outputsOf(functions, large.id)).toEqual([large.event, large.event])
    const small = await functions.publish({ type: "order.paid", region: "eu", data: { total: 5 } })
    expect(await delivered(functions, small.id)).toMatchObject({ status: "delivered", fired: 0, firings: [] })
  })

  it("is the same event while its source and id are remembered", async () => {
    const functions = service.functions.organisation("twice")
    const triggers = [{ type: "event", event: "paid" }] as const
    await functions.deploy({ name: "echo", source: echo, config: { triggers } })
    const event = { type: "paid", source: "/shop", id: "1", data: 1 }
    const first = await functions.publish(event)
    const [second, other] = await functions.events.publishAll([
      { ...event, data: 2 },
      { ...event, source: "/other" },
    ])
    expect(second).toEqual({ ...first, duplicate: true })
    expect(other?.duplicate).toBe(false)
    nowMs += 60_000
    const later = await functions.publish(event)
    expect(later.duplicate).toBe(false)
    for (const id of [first.id, other?.id ?? "", later.id]) {
      expect((await delivered(functions, id)).fired).toBe(1)
    }
    const [trigger] = (await functions.triggers.list()).items
    expect((await functions.triggers.firings(trigger?.id ?? "")).items).toHaveLength(3)
  })

  it("resumes the runs that wait for it", async () => {
    const functions = service.functions.organisation("waiting")
    const { id: runId } = await (async () => {
      await functions.pipelines.define(
        definePipeline("wait").waitForEvent("paid", { match: { "data.order": "$.input" } }),
      )
      return functions.pipelines.start("wait", 7)
    })()
    await eventually(
      () => functions.pipelines.getRun(runId),
      ({ status }) => status === "waiting",
    )
    const { id } = await functions.publish({ type: "paid", data: { order: 7 } })
    expect(await delivered(functions, id)).toMatchObject({ resumed: 1, fired: 0 })
  })

  it("is refused where it is none, is no JSON or is too large; then none of its batch is published", async () => {
    const functions = service.functions.organisation("refused")
    const pathsOf = async (promise: Promise<unknown>) => {
      const { code, issues } = await rejectionOf(promise)
      expect(code).toBe("FN_006")
      return (issues as { path: string }[]).map(({ path }) => path)
    }
    expect(await pathsOf(functions.publish({ type: "" }))).toEqual(["type"])
    expect(await pathsOf(functions.publish({ type: "a", data: 1n }))).toEqual(["data"])
    expect(await pathsOf(functions.events.publishAll([{ type: "a" }, { type: "a", Bad: 1 }]))).toEqual(["1.Bad"])
    expect(await pathsOf(functions.publish({ type: "a", data: "x".repeat(2000) }))).toEqual([""])
    expect((await functions.events.list()).items).toEqual([])
  })

  it("is listed by type and state", async () => {
    const functions = service.functions.organisation("listed")
    for (const type of ["a", "b", "a"]) await delivered(functions, (await functions.publish({ type })).id)
    expect((await functions.events.list({ type: "a", status: "delivered" })).items).toHaveLength(2)
    const { items, next } = await functions.events.list({}, { limit: 2 })
    expect(items.map(({ event }) => event.type)).toEqual(["a", "b"])
    expect((await functions.events.list({}, { limit: 2, cursor: next ?? "" })).items).toHaveLength(1)
    expect((await functions.events.list({ status: "failed" })).items).toEqual([])
    expect((await rejectionOf(functions.events.get("none"))).code).toBe("FN_001")
  })
})

describe("a subscription", () => {
  it("is refused at its declaration where it can never fire, with the place", async () => {
    const functions = service.functions.organisation("wrong")
    const declare = (trigger: object) =>
      rejectionOf(functions.create({ name: "f", config: { triggers: [trigger as never] } }))
    expect(await declare({ type: "event", event: "a", filter: "type = " })).toMatchObject({
      code: "FN_006",
      issues: [{ path: "triggers.0.filter", message: 'has an unexpected "the end" at character 8' }],
    })
    expect(await declare({ type: "event" })).toMatchObject({ issues: [{ path: "triggers.0.event" }] })
    expect(await declare({ type: "pubsub" })).toMatchObject({ issues: [{ path: "triggers.0.topic" }] })
    const steps = [{ kind: "wait", name: "w", seconds: 1 }] as const
    const triggers = [{ type: "event", event: "a", filter: { any: [] } }] as const
    expect(await rejectionOf(functions.pipelines.define({ name: "p", steps, triggers }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "triggers.0.filter.any" }],
    })
  })

  it("does not keep an event from others where its function cannot be called", async () => {
    const functions = service.functions.organisation("broken")
    const triggers = [{ type: "event", event: "paid" }] as const
    await functions.create({ name: "empty", config: { triggers } })
    await functions.deploy({ name: "echo", source: echo, config: { triggers } })
    const { id } = await functions.publish({ type: "paid" })
    const { status, firings = [] } = await delivered(functions, id)
    expect(status).toBe("delivered")
    expect(firings.map(({ outcome }) => outcome).sort()).toEqual(["queued", "refused"])
  })
})

describe("the stories' chain", () => {
  it("begins with an event over HTTP and ends with the loaded records", async () => {
    const functions = service.functions.organisation("default")
    const deploy = (name: string, source: string) => functions.deploy({ name, source })
    await deploy(
      "extract_data",
      "export default ({ data }) => ({ data: Array.from({ length: data.rows }, (_, i) => ({ id: i, value: i / 2 })) })",
    )
    await deploy(
      "normalize_data",
      "export default ({ data }) => ({ data: data.map((row) => ({ ...row, value: row.value / 250 })) })",
    )
    await deploy(
      "load_data",
      'export default ({ data }) => ({ status: "Data loaded successfully", records: data.length })',
    )
    await functions.pipelines.define({
      ...definePipeline("etl").step("extract_data").step("normalize_data").step("load_data").toDefinition(),
      triggers: [{ type: "event", event: "com.example.source.changed", filter: "subject LIKE 'crm/%'" }],
    })
    const response = await service.functions.fetch(
      new Request("http://localhost/events", {
        method: "POST",
        headers: {
          "ce-specversion": "1.0",
          "ce-id": "1",
          "ce-source": "/crm",
          "ce-type": "com.example.source.changed",
          "ce-subject": "crm/customers",
          "content-type": "application/json",
        },
        body: '{"rows":500}',
      }),
    )
    expect(response.status).toBe(202)
    const { ids } = (await response.json()) as { readonly ids: readonly string[] }
    const { firings } = await delivered(functions, ids[0] ?? "")
    const run = await eventually(
      () => functions.pipelines.getRun(firings?.[0]?.jobId ?? ""),
      ({ endedAt }) => endedAt !== null,
    )
    expect(run).toMatchObject({
      status: "succeeded",
      output: { status: "Data loaded successfully", records: 500 },
      steps: [{ name: "extract_data" }, { name: "normalize_data" }, { name: "load_data" }],
    })
  })
})
