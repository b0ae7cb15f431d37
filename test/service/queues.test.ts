import { describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, definePipeline } from "../../src/index.ts"
import { openService, rejectionOf, silent } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1)
const service = openService({ now: () => nowMs, queue: { pollMs: 5 } })

async function until<Value>(read: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await read()
    if (holds(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const delivered = (id: string) =>
  until(
    () => service.functions.queues.get(id),
    ({ status }) => status === "delivered",
  )

/** The call that a message brought, once it has ended. */
async function callOf(id: string, firing = 0) {
  const { firings = [] } = await delivered(id)
  const jobId = firings[firing]?.jobId ?? ""
  return until(
    () => service.functions.invocations.get(jobId),
    ({ status }) => status !== "queued" && status !== "running",
  )
}

const consume = (name: string, queue: string, source: string, more = {}) =>
  service.functions.deploy({ name, source, config: { triggers: [{ type: "queue", queue, ...more }] } })

describe("a message", () => {
  it("calls the function that consumes its queue, with what it says, once", async () => {
    const { functions } = service
    await consume("mailer", "emails", "export default (message) => message")
    await consume("other", "letters", "export default () => 1")
    const sent = await functions.queues.send("emails", { to: "a@example.com" })
    expect(sent).toMatchObject({ queue: "emails", status: "queued", body: { to: "a@example.com" } })
    const output = { id: sent.id, queue: "emails", body: { to: "a@example.com" }, sentAt: "2026-01-01T00:00:00.000Z" }
    expect(await callOf(sent.id)).toMatchObject({ name: "mailer", status: "succeeded", output })
    expect((await functions.queues.get(sent.id)).firings).toHaveLength(1)
  })

  it("comes from a function by its capability, after a delay", async () => {
    const { functions } = service
    const source = `import { queue } from "inlay/sdk"
      export default async (to) => (await queue.send("emails", { to }, { delay: 60 })).id`
    await functions.deploy({ name: "sender", source })
    const id = await functions.invoke<string>("sender", "b")
    expect(await functions.queues.get(id)).toMatchObject({ status: "queued", runAt: nowMs + 60_000 })
    nowMs += 60_000
    expect(await callOf(id)).toMatchObject({ output: { body: { to: "b" } } })
  })

  it("reaches every function and pipeline that consumes the queue, and no other organisation's", async () => {
    const { functions } = service
    await consume("first", "orders", "export default ({ body }) => body")
    await functions.pipelines.define(definePipeline("orders").on({ type: "queue", queue: "orders" }).step("first"))
    const { id } = await functions.queues.send("orders", 5)
    const { firings = [] } = await delivered(id)
    expect(firings).toMatchObject([{ outcome: "queued" }, { outcome: "queued" }])
    expect(await rejectionOf(functions.organisation("other").queues.get(id))).toMatchObject({ code: "FN_001" })
  })

  it("is given with others where the trigger asks for batches", async () => {
    const { functions } = service
    const source = "export default ({ events }) => events.map(({ body }) => body)"
    await consume("bulk", "clicks", source, { batchSize: 3, batchTimeout: 60 })
    const sent = []
    for (const n of [1, 2, 3, 4]) sent.push((await functions.queues.send("clicks", n)).id)
    for (const id of sent.slice(0, 3)) expect((await callOf(id)).status).toBe("succeeded")
    await delivered(sent[3] ?? "")
    nowMs += 60_000
    const outputs = new Set<unknown>()
    for (const id of sent) {
      const call = await callOf(id)
      outputs.add("output" in call ? JSON.stringify(call.output) : undefined)
    }
    expect([...outputs].flatMap((text) => JSON.parse(String(text))).sort()).toEqual([1, 2, 3, 4])
  })

  it("that failed in a batch is given in a batch again, with another input too", async () => {
    const { functions } = service
    const source = `export default ({ events }) => {
      if (events.some(({ body }) => body < 0)) throw Object.assign(new Error("negative"), { name: "NonRetriableError" })
      return events.length
    }`
    await consume("careful", "sums", source, { batchSize: 1, batchTimeout: 60 })
    const failed = await callOf((await functions.queues.send("sums", -1)).id)
    expect(failed.status).toBe("failed")
    const letter = await functions.deadLetters.get(failed.id)
    const again = await functions.deadLetters.replay(failed.id, { input: { ...(letter.input as object), body: 1 } })
    const call = await until(
      () => functions.invocations.get(again.id),
      ({ status }) => status !== "queued" && status !== "running",
    )
    expect(call).toMatchObject({ status: "succeeded", output: 1 })
  })

  it("is the same one for the same idempotency key, and refused with another body", async () => {
    const { functions } = service
    const idempotencyKey = "m-1"
    const first = await functions.queues.send("emails", 1, { idempotencyKey })
    expect((await functions.queues.send("emails", 1, { idempotencyKey })).id).toBe(first.id)
    expect(await rejectionOf(functions.queues.send("emails", 2, { idempotencyKey }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "idempotencyKey" }],
    })
  })

  it("waits for somebody who consumes its queue, and then is a dead letter that can be replayed", async () => {
    const { functions } = service
    const { id } = await functions.queues.send("nobody", "hello")
    const failed = await until(
      () => functions.queues.get(id),
      ({ status, runAt }) => {
        if (status === "queued") nowMs = Math.max(nowMs, runAt)
        return status === "failed"
      },
    )
    expect(failed).toMatchObject({ error: { code: "FN_001" } })
    expect(failed.attempts).toHaveLength(10)
    expect((await functions.deadLetters.list({ code: "FN_001" })).items).toMatchObject([{ id, input: "hello" }])
    await consume("somebody", "nobody", "export default ({ body }) => body")
    const again = await functions.deadLetters.replay(id)
    expect(await callOf(again.id)).toMatchObject({ output: "hello" })
  })

  it("is a dead letter where each process that takes it is lost", async () => {
    let clock = nowMs
    const storage = sqlite(":memory:")
    await storage.open()
    const options = { storage, now: () => clock, authenticate: "open", logger: silent } as const
    await using functions = await createFunctions({ ...options, queue: { pollMs: 5, leaseMs: 10 } })
    const { id } = await functions.queues.send("nobody", "fatal", { delayMs: 1 })
    for (let lost = 0; lost < 10; lost++) {
      clock += 10_000
      const { leases } = await storage.queue.take({ limit: 1, leaseMs: 10, now: clock })
      if (lost === 0) expect(leases).toHaveLength(1)
    }
    clock += 10_000
    const { error } = await until(
      () => functions.queues.get(id),
      ({ status }) => status === "failed",
    )
    expect(error?.message).toContain("was lost, 10 times")
  })

  it("is refused where it is none, as is a trigger without a queue", async () => {
    const { functions } = service
    expect(await rejectionOf(functions.queues.send("", 1))).toMatchObject({ issues: [{ path: "queue" }] })
    expect(await rejectionOf(functions.queues.send("q", 1, { delayMs: -1 }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "delayMs" }],
    })
    const config = { triggers: [{ type: "queue" as const }] }
    expect(
      await rejectionOf(functions.deploy({ name: "none", source: "export default () => 1", config })),
    ).toMatchObject({
      code: "FN_006",
      issues: [{ path: "triggers.0.queue" }],
    })
  })
})
