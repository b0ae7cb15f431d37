import { describe, expect, expectTypeOf, test } from "vitest"
import { z } from "zod"
import { type Capability, CapabilityError, defineCapabilityMethod } from "../../adapters/capability/capabilities.ts"
import { mockCapability } from "../../src/testing/index.ts"
import { testKits } from "./kit.ts"

const openKit = testKits()

/** As a host has it in production. */
const crm = {
  description: "The customers.",
  methods: {
    find: defineCapabilityMethod({
      input: z.object({ id: z.string() }),
      output: z.object({ name: z.string() }),
      handle: (): { name: string } => {
        throw new Error("there is no database in a test")
      },
    }),
    remove: defineCapabilityMethod({ input: z.object({ id: z.string() }), handle: () => true }),
  },
} satisfies Capability

const findCustomer = `import { capabilities } from "inlay/sdk"
export default (id) => capabilities.crm.find({ id })`

describe("a mocked capability", () => {
  test("keeps the schemas of the real one, and its calls are written down with their types", async () => {
    const kit = await openKit({
      capabilities: { crm: mockCapability(crm, { find: ({ id }) => ({ name: `Customer ${id}`, secret: 7 }) }) },
    })
    await kit.functions.deploy({ name: "find_customer", source: findCustomer })
    expect(await kit.functions.invoke("find_customer", "17")).toEqual({ name: "Customer 17" })
    await expect(kit.functions.invoke("find_customer", 17)).rejects.toThrow("Cannot call crm.find: id: Invalid input")
    const [call, ...others] = kit.calls("crm.find")
    expect(others).toEqual([])
    expect(call).toMatchObject({ input: { id: "17" }, functionName: "find_customer", attempt: 1, at: kit.clock.now() })
    expectTypeOf(call?.input).toEqualTypeOf<{ id: string } | undefined>()
    expectTypeOf(call?.output).toEqualTypeOf<{ name: string } | undefined>()
  })

  test("fails where a method is called that nothing was given for", async () => {
    const kit = await openKit({ capabilities: { crm: mockCapability(crm, {}) } })
    await kit.functions.deploy({ name: "find_customer", source: findCustomer })
    await expect(kit.functions.invoke("find_customer", "1")).rejects.toThrow("mockCapability was given nothing for it")
    expect(kit.calls("crm.find")).toMatchObject([{ error: { code: "NOT_MOCKED" } }])
  })

  test("shows what it threw and how often it was tried, though the function learns only what it may", async () => {
    let tries = 0
    const find = () => {
      if (++tries < 3) throw new Error(`secret reason ${tries}`)
      return { name: "Ada" }
    }
    const quiet = { debug() {}, info() {}, warn() {}, error() {} }
    const kit = await openKit({ logger: quiet, capabilities: { crm: mockCapability(crm, { find }) } })
    const config = { retry: { attempts: 3, delay: 60 } }
    await kit.functions.deploy({ name: "find_customer", source: findCustomer, config })
    expect(await kit.finish(await kit.functions.enqueue("find_customer", "1"))).toMatchObject({
      output: { name: "Ada" },
    })
    expect(kit.calls("crm.find").map(({ attempt, error }) => [attempt, error?.message])).toEqual([
      [1, "secret reason 1"],
      [2, "secret reason 2"],
      [3, undefined],
    ])
    expect(kit.calls("find_customer")[0]?.error?.message).not.toContain("secret")
  })
})

describe("a mocked function", () => {
  test("is called in the place of the one that is deployed, until that is ended", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "price", source: "export default () => 100" })
    const restore = await kit.mock("price", ({ items }: { items: number }, { functionName, organisation }) => ({
      items,
      functionName,
      organisation,
    }))
    expect(await kit.functions.invoke("price", { items: 2 })).toEqual({
      items: 2,
      functionName: "price",
      organisation: "default",
    })
    restore()
    expect(await kit.functions.invoke("price")).toBe(100)
    expect(kit.calls("price")).toHaveLength(2)
  })

  test("fails with what it throws, whose own stack the test is shown", async () => {
    const kit = await openKit()
    const thrown = Object.assign(new Error("gone"), { name: "NonRetriableError" })
    await kit.mock("charge", () => Promise.reject(thrown))
    await kit.functions.enqueue("charge")
    const failure = await kit.drain().catch((error: unknown) => error)
    expect(failure).toMatchObject({ guest: { name: "NonRetriableError", message: "gone" } })
    expect((failure as Error).cause).toBe(thrown)
  })

  test("answers HTTP with a response", async () => {
    const kit = await openKit()
    await kit.mock("hello", ({ method, url }: { method: string; url: string }) =>
      Response.json({ method, path: new URL(url).pathname }, { status: 201 }),
    )
    await kit.functions.update("hello", { triggers: [{ type: "http", path: "/hello/:name" }] })
    const response = await kit.functions.fetch(new Request("http://localhost/hello/ada", { method: "PUT" }))
    expect([response.status, await response.json()]).toEqual([201, { method: "PUT", path: "/hello/ada" }])
  })
})

describe("the outside", () => {
  test("is reached through the test's own fetch, and not at all without one", async () => {
    const source = `export default async (id) => {
      const response = await fetch("https://api.example.com/items/" + id, { method: "POST", body: "{}" })
      return [response.status, await response.json()]
    }`
    const fetch = async (request: Request) =>
      Response.json({ path: new URL(request.url).pathname, sent: await request.text() }, { status: 202 })
    const kit = await openKit({ fetch })
    await kit.functions.deploy({ name: "send", source })
    const invocation = await kit.functions.run("send", 7)
    expect(invocation).toMatchObject({ output: [202, { path: "/items/7", sent: "{}" }], egress: { requests: 1 } })
    const offline = await openKit()
    await offline.functions.deploy({ name: "send", source })
    await expect(offline.functions.invoke("send", 7)).rejects.toThrow("there is no network in a test")
  })

  test("is bounded as in production: by how often a call asks, and by what it is sent", async () => {
    const kit = await openKit({
      fetch: () => new Response("x".repeat(1000)),
      egress: { maxRequests: 3, maxBytesReceived: 2500, methods: ["GET"] },
    })
    const told = (code: string) => `export default async () => { const said = []
      for (let n = 0; n < 4; n++) said.push(await fetch("https://example.com/", ${code}).then(() => "answered", (error) => error.message))
      return said }`
    await kit.functions.deploy({ name: "read", source: told("{}") })
    const { output, egress } = await kit.functions.run("read")
    expect(output).toEqual([
      "answered",
      "answered",
      expect.stringContaining("a call may receive 2500 bytes in all"),
      expect.stringContaining("a call may send 3 requests"),
    ])
    expect(egress?.requests).toBe(3)
    await kit.functions.deploy({ name: "write", source: told('{ method: "POST" }') })
    expect(await kit.functions.invoke("write")).toEqual(
      Array(4).fill(expect.stringContaining("does not allow the method POST")),
    )
  })

  test("gets no messages: they are kept to be looked at", async () => {
    const kit = await openKit()
    const source = `import { sendEmail, queue } from "inlay/sdk"
      export default async (to) => [
        await sendEmail({ to, subject: "Hello", text: "World" }),
        await queue.send("jobs", { to }, { delay: 5 }),
        await sendEmail({ to, template: "welcome", data: { name: "Ada" } }),
      ]`
    await kit.functions.deploy({ name: "send", source })
    await kit.functions.invoke("send", "ada@example.com")
    const about = { functionName: "send", organisation: "default", at: kit.clock.now() }
    expect((await kit.inspect()).messages).toMatchObject([
      { channel: "email", to: ["ada@example.com"], subject: "Hello", text: "World", ...about },
      { channel: "queue", queue: "jobs", message: { to: "ada@example.com" }, delay: 5, ...about },
      { channel: "email", subject: "welcome" },
    ])
    expect(kit.calls("email.send")[1]).toMatchObject({ input: { template: "welcome", data: { name: "Ada" } } })
  })

  test("that consumes a queue within the kit gets what is sent to it", async () => {
    const kit = await openKit()
    const source = `import { queue } from "inlay/sdk"
      export default (to) => queue.send("jobs", { to }, { delay: 60 })`
    await kit.functions.deploy({ name: "send", source })
    await kit.mock("consume", () => null)
    await kit.functions.update("consume", { triggers: [{ type: "queue", queue: "jobs" }] })
    await kit.functions.invoke("send", "Ada")
    await kit.drain()
    expect(kit.calls("consume")).toEqual([])
    await kit.clock.advance("1m")
    expect(kit.calls("consume")).toMatchObject([{ input: { body: { to: "Ada" } }, at: kit.clock.now() }])
    expect((await kit.inspect()).messages).toMatchObject([{ channel: "queue", queue: "jobs", delay: 60 }])
  })

  test("is mocked with a capability of the host's own in the place of the kit's", async () => {
    const refuse = () => {
      throw new CapabilityError("FORBIDDEN", "Cannot send: not in a test.")
    }
    const email = { methods: { send: defineCapabilityMethod({ input: z.unknown(), handle: refuse }) } }
    const kit = await openKit({ capabilities: { email } })
    const source = `import { sendEmail } from "inlay/sdk"
      export default (to) => sendEmail({ to, subject: "Hello", text: "World" })`
    await kit.functions.deploy({ name: "send", source })
    await expect(kit.functions.invoke("send", "ada@example.com")).rejects.toThrow("Cannot send: not in a test.")
    expect((await kit.inspect()).messages).toEqual([])
  })
})

test("A mock that does not answer ends with its call: at the function's timeout, and where the caller goes away", async () => {
  const kit = await openKit()
  await kit.functions.deploy({
    name: "slow",
    source: "export default () => {}",
    config: { timeout: 1, retry: { attempts: 1 } },
  })
  await kit.mock("slow", () => new Promise(() => {}))
  await kit.functions.enqueue("slow")
  await expect(kit.drain()).rejects.toMatchObject({ code: "FN_002", guest: { name: "TimeoutError" } })
  const caller = new AbortController()
  const call = kit.functions.invoke("slow", null, { signal: caller.signal })
  caller.abort()
  await expect(call).rejects.toMatchObject({ code: "FN_002" })
})
