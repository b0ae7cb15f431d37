import { describe, expect, it } from "vitest"
import { FunctionsError, type InvocationRecord } from "../../src/index.ts"
import { openService, rejectionOf } from "./service.ts"

const told: InvocationRecord[] = []
const service = openService({
  secrets: (name, { organisation }) => (name === "KEY" ? `key of ${organisation}` : undefined),
})

describe("a call", () => {
  it("leaves a record with its measures", async () => {
    const { functions } = service
    const stop = functions.on("invocation.finished", (fact) => told.push(fact))
    await functions.deploy({
      name: "recorded",
      source: "export default (n, { log }) => { console.log('n is', n); log.warn('careful'); return n * 2 }",
    })
    const invocation = await functions.run("recorded", 21)
    stop()
    expect(invocation).toMatchObject({
      name: "recorded",
      version: 1,
      status: "succeeded",
      output: 42,
      logs: [
        { level: "info", message: "n is 21" },
        { level: "warn", message: "careful" },
      ],
      coldStart: false,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(invocation.durationMs).toBeGreaterThan(0)
    expect(invocation.endedAt).toBeGreaterThan(invocation.startedAt)
    expect(told).toEqual([expect.objectContaining({ id: invocation.id, organisation: "default" })])
    expect(await functions.invocations.get(invocation.id)).toMatchObject({ id: invocation.id, status: "succeeded" })
    expect((await functions.invocations.list({ function: "recorded" })).items).toHaveLength(1)
  })

  it("counts into the function's summary", async () => {
    const { functions } = service
    await functions.deploy({
      name: "summed",
      source: "export default (n) => { if (n > 8) throw new Error('big'); return n }",
    })
    await Promise.all(Array.from({ length: 10 }, (_, n) => functions.run("summed", n)))
    expect(await functions.metrics.summary("summed", { range: "1h" })).toMatchObject({
      count: 10,
      errors: 1,
      errorRate: 0.1,
    })
    expect((await functions.metrics.summary("summed", { range: { from: 0, to: 1 } })).count).toBe(0)
    expect(await rejectionOf(functions.metrics.summary("summed", { range: "yesterday" }))).toBeInstanceOf(RangeError)
  })

  it("throws the function's own error, mapped to its sources, with nothing of the host in it", async () => {
    const { functions } = service
    await functions.deploy({
      name: "thrower",
      files: {
        "index.ts": "import { check } from './lib/check.ts'\n\nexport default (n: number): number => check(n)\n",
        "lib/check.ts":
          "export const check = (n: number): number => {\n  if (n < 0) {\n    throw new RangeError(`negative: ${n}`)\n  }\n  return n\n}\n",
      },
    })
    const error = await rejectionOf(functions.invoke("thrower", -1))
    expect(error).toBeInstanceOf(FunctionsError)
    expect(error).toMatchObject({
      code: "FN_004",
      guest: { name: "RangeError", message: "negative: -1" },
      invocationId: expect.any(String),
    })
    const { stack } = error.guest as { stack: string }
    expect(stack.split("\n").slice(0, 2)).toEqual([
      expect.stringMatching(/at check \(lib\/check\.ts:3:\d+\)/),
      expect.stringMatching(/\(index\.ts:3:\d+\)/),
    ])
    expect(stack).not.toMatch(/node_modules|file:|\/src\/|bundle\.js/)
    expect((await functions.run("thrower", -1)).error).toMatchObject({ code: "FN_004", name: "RangeError" })
  })

  it.each([
    ["FN_002", "for (;;);", { cpu: 0.2 }],
    ["FN_002", "return new Promise((done) => setTimeout(done, 60_000))", { timeout: 0.1 }],
    ["FN_003", "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))", { memory: 16 }],
    ["FN_004", "return 1n", {}],
  ])("fails with %s: %s", async (code, body, config) => {
    const { functions } = service
    const name = `limit_${Math.random().toString(36).slice(2)}`
    await functions.deploy({ name, source: `export default () => { ${body} }`, config })
    expect(await rejectionOf(functions.invoke(name))).toMatchObject({ code })
  })

  it("is answered though listeners of its facts throw or reject", async () => {
    const { functions } = service
    const stops = [
      functions.on("invocation.finished", () => {
        throw new Error("a listener that throws")
      }),
      functions.on("invocation.finished", async () => {
        throw new Error("a listener that rejects")
      }),
    ]
    await functions.deploy({ name: "heard", source: "export default () => 1" })
    expect(await functions.invoke("heard")).toBe(1)
    for (const stop of stops) stop()
  })

  it("costs what it was allowed where its thread had to be ended", async () => {
    const { functions } = service
    const source = "export default () => 'a'.repeat(1e5).replace(/a/g, 'b'.repeat(1e5)).length"
    await functions.deploy({ name: "uninterruptible", source, config: { cpu: 0.2 } })
    const { status, cpuMs } = await functions.run("uninterruptible")
    expect(status).toBe("failed")
    expect(cpuMs).toBeGreaterThanOrEqual(200)
  })

  it("drops what would reach a prototype", async () => {
    const { functions } = service
    await functions.deploy({
      name: "proto",
      source: `export default () => JSON.parse('{"__proto__":{"polluted":1},"kept":1}')`,
    })
    const output = await functions.invoke("proto")
    expect(Object.hasOwn(output as object, "__proto__")).toBe(false)
    expect(output).toEqual({ kept: 1 })
  })

  it("delivers a large result a slice at a time, without the same keys", async () => {
    const { functions } = service
    const list = `Array.from({ length: 20000 }, (_, id) => ({ id, name: "n" + id }))`
    await functions.deploy({
      name: "large",
      source: `export default () => { const value = JSON.parse('{"__proto__":{"polluted":1}}'); value.list = ${list}; return value }`,
    })
    const expected = { list: Array.from({ length: 20_000 }, (_, id) => ({ id, name: `n${id}` })) }
    const output = (await functions.invoke("large")) as object
    expect(output).toEqual(expected)
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype)
  })

  it("takes every JSON value, and refuses what is none", async () => {
    const { functions } = service
    await functions.deploy({ name: "echo", source: "export default (value) => value" })
    for (const value of [null, 0, "", [], {}, { deep: [{ a: [1] }] }, "é😀\u0000"]) {
      expect(await functions.invoke("echo", value)).toEqual(value)
    }
    expect(await functions.invoke("echo")).toBeNull()
    expect(await rejectionOf(functions.invoke("echo", () => 1))).toBeInstanceOf(TypeError)
  })

  it("is given the host's secrets of its own organisation", async () => {
    const { functions } = service
    const tenant = functions.organisation("acme")
    const source = "export default (_, { env }) => env.AUTH"
    await tenant.deploy({ name: "secret", source, config: { environment: { AUTH: "Bearer ${secrets.KEY}" } } })
    expect(await tenant.invoke("secret")).toBe("Bearer key of acme")
    expect((await tenant.get("secret")).environment).toEqual({ AUTH: "Bearer ${secrets.KEY}" })
    await tenant.setEnvironment("secret", { AUTH: "${secrets.MISSING}" })
    expect(await rejectionOf(tenant.invoke("secret"))).toMatchObject({
      code: "FN_006",
      message: expect.stringContaining("MISSING"),
    })
  })

  it("reaches functions written in each of the styles", async () => {
    const { functions } = service
    const styles: Record<string, [string, object]> = {
      event: ["export default (event, context) => ({ got: event, id: typeof context.invocationId })", {}],
      named: ["export const handler = (event) => ({ got: event, id: 'string' })", { handler: "index.handler" }],
      request: [
        "export default async function handler(req) { return Response.json({ got: await req.json(), id: 'string' }) }",
        { kind: "http" },
      ],
      fetcher: [
        "export default { async fetch(request, env, context) { return Response.json({ got: await request.json(), id: typeof context.waitUntil === 'function' ? 'string' : '' }) } }",
        {},
      ],
      commonjs: ["module.exports = (event) => ({ got: event, id: 'string' })", {}],
    }
    for (const [name, [source, config]] of Object.entries(styles)) {
      const file = name === "commonjs" ? "index.js" : "index.ts"
      await functions.deploy({ name: `style_${name}`, files: { [file]: source }, config })
      expect([name, await functions.invoke(`style_${name}`, { a: 1 })]).toEqual([name, { got: { a: 1 }, id: "string" }])
    }
  })

  it("fails with FN_004 when an http function answers no Response", async () => {
    const { functions } = service
    await functions.deploy({ name: "wrong", source: "export default () => 1", config: { kind: "http" } })
    expect(await rejectionOf(functions.invoke("wrong"))).toMatchObject({
      code: "FN_004",
      message: expect.stringContaining("Response"),
    })
  })
})

describe("organisations", () => {
  it("have functions, versions and calls of their own", async () => {
    const { functions } = service
    const [a, b] = [functions.organisation("org-a"), functions.organisation("org-b")]
    const deployed = await a.deploy({ name: "shared", source: "export default () => 'a'" })
    await b.deploy({ name: "shared", source: "export default () => 'b'" })
    expect([await a.invoke("shared"), await b.invoke("shared")]).toEqual(["a", "b"])
    expect(await rejectionOf(b.get(deployed.functionId))).toMatchObject({ code: "FN_001" })
    expect(await rejectionOf(b.invoke(deployed.functionId))).toMatchObject({ code: "FN_001" })
    expect(await rejectionOf(functions.invoke("shared"))).toMatchObject({ code: "FN_001" })
    const { id } = await a.run("shared")
    expect(await rejectionOf(b.invocations.get(id))).toMatchObject({ code: "FN_001" })
    expect((await b.metrics.summary("shared")).count).toBe(1)
  })

  it("have ids that can stand in a path", () => {
    const { functions } = service
    for (const id of ["", "a/b", "../x", "a b", "\u0000"]) expect(() => functions.organisation(id)).toThrow(TypeError)
  })
})

describe("a call that is ended because those that wait hold too much", () => {
  const crowded = openService({ sandbox: { threads: 1, maxWaitingBytes: 100_000 } })

  it("says after how many seconds it is worth trying again", async () => {
    const { functions } = crowded
    const source =
      "export default async (ms) => { const held = new Uint8Array(4e5).fill(1); await new Promise((done) => setTimeout(done, ms)); return held[0] }"
    await functions.deploy({ name: "holder", source })
    const [ended, answer] = await Promise.all([
      rejectionOf(functions.invoke("holder", 60_000)),
      functions.invoke("holder", 1),
    ])
    expect(ended).toMatchObject({ code: "FN_007", retryAfterSeconds: 1, invocationId: expect.any(String) })
    expect(answer).toBe(1)
  })
})
