import { beforeAll, describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { FunctionsService, InvocationRecord } from "../../src/index.ts"
import { openService, rejectionOf } from "./service.ts"

const storage = sqlite(":memory:")
const service = openService({ storage, queue: { pollMs: 20 } })

/** Writes for whoever asks. */
const writer = `
  import { db, storage } from "inlay/sdk"
  export default async ({ act, collection, id, fields, bucket, path }) => {
    if (act === "create") return await db.collection(collection).doc(id).set(fields)
    if (act === "update") return await db.collection(collection).doc(id).update(fields)
    if (act === "delete") return await db.collection(collection).doc(id).delete()
    const file = storage.bucket(bucket).file(path)
    if (act === "upload") return await file.upload(new TextEncoder().encode("abc"), { type: "text/plain" })
    return await file.delete()
  }`

interface Seen {
  readonly type: string
  readonly data: Record<string, unknown>
  readonly before?: Record<string, unknown>
  readonly metadata: Record<string, unknown>
}

/** What a function was called with, in the order of the calls; waits until there are so many. */
function watch(functions: FunctionsService, name: string): (count: number) => Promise<readonly Seen[]> {
  const calls: InvocationRecord[] = []
  let told = () => {}
  functions.on("invocation.finished", (record) => {
    if (record.name !== name) return
    calls.push(record)
    told()
  })
  return async (count) => {
    while (calls.length < count) {
      await new Promise<void>((resolve) => {
        told = resolve
      })
    }
    return calls.map(({ logs }) => JSON.parse(logs[0]?.message ?? "null") as Seen)
  }
}

const listener = "export default (event) => console.log(JSON.stringify(event))"

async function listen(name: string, ...triggers: readonly Record<string, unknown>[]) {
  const seen = watch(service.functions, name)
  await service.functions.deploy({ name, source: listener, config: { triggers: triggers as never } })
  return seen
}

const act = (input: Record<string, unknown>) => service.functions.invoke("writer", input)

beforeAll(async () => {
  await service.functions.deploy({ name: "writer", source: writer })
})

describe("a database trigger", () => {
  it("calls its function for what was created, updated and deleted, with what was there before", async () => {
    const seen = await listen("on_users", { type: "database", collection: "users" })
    await act({ act: "create", collection: "users", id: "7", fields: { plan: "small" } })
    await act({ act: "update", collection: "users", id: "7", fields: { plan: "large" } })
    await act({ act: "create", collection: "others", id: "7", fields: {} })
    await act({ act: "delete", collection: "users", id: "7" })
    const small = { id: "7", plan: "small" }
    const large = { id: "7", plan: "large" }
    const place = { collection: "users", id: "7", source: "inlay:default", subject: "users/7" }
    const events = [...(await seen(3))].sort((one, other) =>
      String(one.metadata.eventId) < String(other.metadata.eventId) ? -1 : 1,
    )
    expect(events).toEqual([
      { type: "database", data: small, metadata: { ...place, operation: "create", ...unknown } },
      { type: "database", data: large, before: small, metadata: { ...place, operation: "update", ...unknown } },
      { type: "database", data: large, before: large, metadata: { ...place, operation: "delete", ...unknown } },
    ])
  })

  it("hears of the operations that it names, however these are spelled, and a pipeline may have it", async () => {
    const seen = await listen("on_removed", { type: "database", table: "orders", event: "onDelete" })
    await service.functions.deploy({ name: "count", source: "export default ({ data }) => data.n" })
    await service.functions.pipelines.define({
      name: "created",
      steps: [{ kind: "function", name: "count", function: "count" }],
      triggers: [{ type: "database", collection: "orders", operations: ["create"] }],
    })
    const ended = new Promise((resolve) => service.functions.on("pipeline.finished", resolve))
    await act({ act: "create", collection: "orders", id: "1", fields: { n: 5 } })
    await act({ act: "update", collection: "orders", id: "1", fields: { n: 6 } })
    await act({ act: "delete", collection: "orders", id: "1" })
    expect(await ended).toMatchObject({ pipeline: "created", output: 5 })
    expect((await seen(1)).map(({ metadata }) => metadata.operation)).toEqual(["delete"])
  })

  it("fires once for an event, and an event trigger hears of it by its type", async () => {
    const seen = await listen("on_typed", { type: "event", event: "inlay.document.created" })
    await act({ act: "create", collection: "notes", id: "1", fields: { text: "a" } })
    const [event] = (await seen(1)) as unknown as readonly Record<string, unknown>[]
    expect(event).toMatchObject({
      specversion: "1.0",
      type: "inlay.document.created",
      subject: "notes/1",
      data: { collection: "notes", id: "1", document: { id: "1", text: "a" } },
    })
  })

  it("costs a change nothing where nobody asked to hear of it", async () => {
    const before = await service.functions.events.list({ type: "inlay.document.created" })
    await act({ act: "create", collection: "quiet", id: "1", fields: {} })
    await service.functions.update("on_typed", { triggers: [] })
    await act({ act: "create", collection: "quiet", id: "2", fields: {} })
    const after = await service.functions.events.list({ type: "inlay.document.created" })
    expect(after.items.length - before.items.length).toBe(1)
  })
})

const unknown = { eventId: expect.any(String), time: expect.any(String) }

describe("a storage trigger", () => {
  it("calls its function for files below its prefix", async () => {
    const seen = await listen("on_photos", { type: "storage", bucket: "uploads", prefix: "photos/" })
    await act({ act: "upload", bucket: "uploads", path: "texts/a.txt" })
    await act({ act: "upload", bucket: "uploads", path: "photos/a.txt" })
    await act({ act: "discard", bucket: "uploads", path: "photos/a.txt" })
    expect(await act({ act: "discard", bucket: "uploads", path: "photos/a.txt" })).toBe(false)
    const events = await seen(2)
    expect(new Set(events.map(({ metadata }) => metadata.operation))).toEqual(new Set(["upload", "delete"]))
    const [event] = events
    expect(event?.data).toEqual({
      bucket: "uploads",
      path: "photos/a.txt",
      size: 3,
      type: "text/plain",
      updatedAt: expect.any(Number),
    })
    expect(event?.metadata).toMatchObject({ bucket: "uploads", path: "photos/a.txt", subject: "uploads/photos/a.txt" })
  })
})

describe("what a host publishes", () => {
  it("reaches auth triggers, and triggers of its own collections", async () => {
    const seen = await listen("on_people", { type: "auth" }, { type: "database", name: "crm", collection: "customers" })
    const { functions } = service
    await functions.publish({ type: "inlay.user.created", subject: "7", data: { id: "7" } })
    await functions.publish({ type: "inlay.user.login", data: { id: "7", from: "203.0.113.9" } })
    await functions.publish({
      type: "inlay.document.deleted",
      data: { collection: "customers", id: "9", document: { name: "Ada" } },
    })
    const events = await seen(3)
    expect(new Set(events.map(({ type, metadata }) => `${type} ${metadata.operation}`))).toEqual(
      new Set(["auth userCreate", "auth login", "database delete"]),
    )
    expect(events.find(({ metadata }) => metadata.operation === "userCreate")).toEqual({
      type: "auth",
      data: { id: "7" },
      metadata: { operation: "userCreate", source: "inlay:default", subject: "7", ...unknown },
    })
  })

  it.each([
    ["inlay.document.created", { id: "9", document: {} }, "data.collection"],
    ["inlay.document.updated", { collection: "c", id: "9", document: 5 }, "data.document"],
    ["inlay.file.uploaded", { bucket: "b" }, "data.path"],
    ["inlay.user.login", "7", "data"],
  ])("is refused as %s of %j", async (type, data, path) => {
    const refusal = await rejectionOf(service.functions.publish({ type, data }))
    expect(refusal).toMatchObject({ code: "FN_006", issues: [{ path }] })
  })
})

describe("a chain of events", () => {
  it("ends where sixteen have led to one another, with a dead letter that says so", async () => {
    const { functions } = service
    const source = `
      import { db } from "inlay/sdk"
      export default async ({ data }) => {
        await db.collection("loop").doc("1").set({ n: data.n + 1 })
      }`
    const triggers = [{ type: "database", collection: "loop" }] as const
    await functions.deploy({ name: "looping", source, config: { triggers, retry: { attempts: 1 } } })
    const failed = new Promise<InvocationRecord>((resolve) =>
      functions.on("invocation.finished", (record) => {
        if (record.name === "looping" && record.status === "failed") resolve(record)
      }),
    )
    await act({ act: "create", collection: "loop", id: "1", fields: { n: 0 } })
    expect((await failed).error?.message).toMatch(/^Cannot update "loop\/1": 16 events have led to one another already/)
    expect(JSON.parse((await storage.documents.find("default", "loop", "1"))?.json ?? "")).toEqual({ n: 15 })
    await expect.poll(async () => (await functions.deadLetters.list({ function: "looping" })).items.length).toBe(1)
  })

  it("is counted through queues as well", async () => {
    const { functions } = service
    const source = `
      import { queue } from "inlay/sdk"
      export default async ({ body }) => { await queue.send("ring", body + 1) }`
    const triggers = [{ type: "queue", queue: "ring" }] as const
    await functions.deploy({ name: "ringing", source, config: { triggers, retry: { attempts: 1 } } })
    const ended: InvocationRecord[] = []
    const failed = new Promise<InvocationRecord>((resolve) =>
      functions.on("invocation.finished", (record) => {
        if (record.name !== "ringing") return
        ended.push(record)
        if (record.status === "failed") resolve(record)
      }),
    )
    const { id } = await functions.queues.send("ring", 0)
    expect((await failed).error?.message).toMatch(/^Cannot send to queue "ring": 16 events have led to one another/)
    expect(ended).toHaveLength(17)
    const letters = async () => (await functions.deadLetters.list({ function: "ringing" })).items
    await expect.poll(async () => (await letters()).length).toBe(1)
    // All of it is one trace, from the message that began it.
    expect(new Set(ended.map(({ traceId }) => traceId)).size).toBe(1)
    expect((await storage.queue.find("default", id))?.traceId).toBe(ended[0]?.traceId)
  })

  it("is counted through pipelines as well", async () => {
    const { functions } = service
    const source = `
      import { db } from "inlay/sdk"
      export default async ({ data }) => { await db.collection("circle").create({ n: data.n + 1 }) }`
    await functions.deploy({ name: "circling", source })
    await functions.pipelines.define({
      name: "circle",
      steps: [{ kind: "function", name: "circling", function: "circling" }],
      triggers: [{ type: "database", collection: "circle" }],
    })
    const failed = new Promise<{ readonly error?: { readonly message: string } }>((resolve) =>
      functions.on("pipeline.finished", (run) => {
        if (run.pipeline === "circle" && run.status === "failed") resolve(run)
      }),
    )
    await act({ act: "create", collection: "circle", id: "1", fields: { n: 0 } })
    expect((await failed).error?.message).toMatch(/16 events have led to one another/)
    expect((await storage.documents.list("default", "circle", { limit: 100 })).items).toHaveLength(16)
  })
})

describe("the definition of a data trigger", () => {
  it.each([
    [{ type: "database" }, "triggers.0.collection"],
    [{ type: "database", collection: "c", operations: ["upsert"] }, "triggers.0.operations.0"],
    [{ type: "database", collection: "c", operations: [] }, "triggers.0.operations"],
    [{ type: "storage", operations: ["upload"] }, "triggers.0.bucket"],
    [{ type: "auth", event: "logout" }, "triggers.0.operations.0"],
    [{ type: "auth", collection: "c" }, "triggers.0.collection"],
  ])("is refused where it is %j", async (trigger, path) => {
    const deploying = service.functions.deploy({
      name: "bad",
      source: listener,
      config: { triggers: [trigger] as never },
    })
    expect(await rejectionOf(deploying)).toMatchObject({ code: "FN_006", issues: [{ path }] })
  })
})
