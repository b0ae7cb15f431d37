import { describe, expect, it } from "vitest"
import { createGuest, type Guest } from "./harness.ts"

const request = {
  method: "POST",
  url: "https://a.test/path?q=1",
  headers: [
    ["X-A", "1"],
    ["x-a", "2"],
  ] as [string, string][],
}
const call = (code: string, body?: string): Guest =>
  createGuest()
    .load(code)
    .start({ kind: "http", request, ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }) })

describe("An http call", () => {
  it("gives a function the request and the context", async () => {
    const guest = call(
      `export default async (request, context) => Response.json({
        method: request.method, url: request.url, header: request.headers.get("x-A"), text: await request.text(),
        id: context.invocationId, instance: request instanceof Request })`,
      "grüße",
    )
    expect(JSON.parse(guest.response().body ?? "")).toEqual({
      method: "POST",
      url: "https://a.test/path?q=1",
      header: "1, 2",
      text: "grüße",
      id: "inv_1",
      instance: true,
    })
  })

  it("gives an object with fetch the request, the environment and the context", () => {
    const guest = createGuest()
      .load(
        "export default { name: 'me', fetch(request, env, context) { return new Response([this.name, env.A, typeof context.waitUntil].join()) } }",
      )
      .start({ kind: "http", request, env: { A: "1" } })
    expect(guest.response()).toEqual({
      status: 200,
      statusText: "",
      headers: [["content-type", "text/plain;charset=UTF-8"]],
      body: "me,1,function",
    })
  })

  it("passes on status, headers and cookies, each in its line", () => {
    const guest = call(`export default () => {
      const headers = new Headers({ "X-B": "ü" })
      headers.append("Set-Cookie", "a=1"); headers.append("Set-Cookie", "b=2")
      return new Response(null, { status: 204, statusText: "Nothing", headers })
    }`)
    expect(guest.response()).toEqual({
      status: 204,
      statusText: "Nothing",
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
        ["x-b", "ü"],
      ],
      body: undefined,
    })
  })

  it("answers bytes", () => {
    const guest = call("export default () => new Response(new Uint8Array([0, 255, 1]).subarray(1))")
    expect([...(guest.answer().bytes ?? [])]).toEqual([255, 1])
  })

  it("makes a request of JSON where invoke() calls it", () => {
    const guest = createGuest()
      .load(
        "export default { async fetch(r) { return Response.json([r.method, r.url, r.headers.get('content-type'), await r.json()]) } }",
      )
      .start({ kind: "http", body: '{"a":1}' })
    expect(JSON.parse(guest.response().body ?? "")).toEqual(["POST", "http://localhost/", "application/json", { a: 1 }])
  })

  it.each([
    ["nothing", "() => undefined", "undefined"],
    ["an object", "() => ({})", "an object"],
    ["a string", "async () => 'x'", "a string"],
    ["an array", "() => []", "an array"],
  ])("refuses %s as an answer", (_name, code, words) => {
    const failure = call(`export default ${code}`).failure()
    expect(failure).toMatchObject({ name: "TypeError", kind: "output" })
    expect(failure.message).toContain(`with ${words}: an http handler must return a Response`)
  })

  it("refuses a response that was read already, and Response.error()", () => {
    expect(
      call("export default async () => { const r = new Response('x'); await r.text(); return r }").failure().message,
    ).toContain("read already")
    expect(call("export default () => Response.error()").failure().message).toContain("Response.error()")
  })

  it("answers before what waitUntil was given has settled, ends after it, and logs what it rejects with", () => {
    const guest = call(`export default (request, { waitUntil }) => {
      waitUntil(new Promise((resolve) => setTimeout(resolve, 10)))
      waitUntil(Promise.reject(new Error("aside")))
      return new Response("ok")
    }`)
    expect(guest.named("answer.respond").map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(["ok"])
    expect(guest.named("end")).toEqual([])
    guest.settle({ id: 1, ok: true })
    expect(guest.named("end")).toHaveLength(1)
    expect(guest.named("respond")).toEqual([])
    expect(guest.logs()[0]).toContain("Uncaught Error: aside")
  })

  it("aborts the signals of request and context when the caller goes away", () => {
    const guest = call(`export default (request, context) => new Promise((resolve) => {
      request.signal.addEventListener("abort", () => resolve(Response.json([context.signal.aborted, context.signal.reason.name, request.signal === context.signal])))
    })`)
    guest.dispatch("abort", { reason: "gone" })
    expect(JSON.parse(guest.response().body ?? "")).toEqual([true, "AbortError", true])
  })
})

describe("The context", () => {
  const output = (code: string, env = {}): unknown => createGuest().load(code).start({ env }).output()

  it("has the fields of the call", () => {
    expect(
      output("export default (_, c) => [c.invocationId, c.traceId, c.deadline, c.env, c.signal.aborted]", { A: "1" }),
    ).toEqual(["inv_1", "trace_1", 1_900_000_000_000, { A: "1" }, false])
  })

  it("has an environment that nobody changes", () => {
    expect(
      output("export default (_, { env }) => { try { env.A = '2' } catch (e) { return [e.name, env.A] } }", { A: "1" }),
    ).toEqual(["TypeError", "1"])
  })

  it("has a signal that has aborted where the caller went away before", () => {
    const guest = createGuest()
      .load("export default async (_, c) => { await new Promise((r) => setTimeout(r, 1)); return c.signal.aborted }")
      .start()
    guest.dispatch("abort", { reason: "gone" }).settle({ id: 1, ok: true })
    expect(guest.output()).toBe(true)
  })

  it("logs at every level, and by itself", () => {
    const guest = createGuest()
      .load(
        "export default (_, { log }) => { log('a', 1); log.debug('b'); log.info('c'); log.warn('d'); log.error('e %d', 5) }",
      )
      .start()
    expect(guest.json("log")).toEqual([
      { level: "info", message: "a 1" },
      { level: "debug", message: "b" },
      { level: "info", message: "c" },
      { level: "warn", message: "d" },
      { level: "error", message: "e 5" },
    ])
  })

  it("is reached through the sdk's symbol, during calls only", () => {
    const guest = createGuest().load(
      `const sdk = globalThis[Symbol.for("inlay.sdk")]
       let early; try { sdk.context() } catch (error) { early = error.message }
       export default (_, context) => [early, sdk.context() === context, sdk.env("A"), sdk.env("toString"), Object.keys(globalThis).length]`,
    )
    const [early, ...rest] = guest.start({ env: { A: "1" } }).output() as [string, unknown]
    expect(early).toContain("no call is running")
    expect(rest).toEqual([true, "1", null, 0])
  })
})
