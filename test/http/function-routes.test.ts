import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { createHttpFace, type HttpFaceOptions } from "../../src/http/face.ts"
import type { RuntimeInput } from "../../src/ports/runtime.ts"
import type { Functions, FunctionsService } from "../../src/service/functions.ts"
import { openFace, startService } from "./support.ts"

let service: FunctionsService
const inputs: RuntimeInput[] = []

/** The same service, seen through: what its functions are given is noted. */
function watched<Face extends Functions>(functions: Face): Face {
  return {
    ...functions,
    answerRaw: (name, input, options) => {
      inputs.push(input)
      return functions.answerRaw(name, input, options)
    },
  }
}

const http = (path: string, more: object = {}) => ({ triggers: [{ type: "http" as const, path, ...more }] })
const echo = `export default async (request) => new Response(await request.text(), {
  headers: { "x-method": request.method, "x-url": request.url, "x-sent": request.headers.get("x-sent") ?? "" },
})`

beforeAll(async () => {
  service = await startService()
  await service.deploy({ name: "echo", source: echo, config: http("/echo/:id/*") })
  await service.deploy({ name: "hello", source: echo, config: http("/hello", { method: "GET" }) })
  await service.deploy({ name: "private", source: echo, config: http("/private", { auth: "required" }) })
  await service.deploy({ name: "health", source: echo, config: http("/health") })
  const throwing = 'export default () => { throw new Error("password is open sesame") }'
  await service.deploy({ name: "throwing", source: throwing, config: http("/throwing") })
  const environment = { DATABASE: "${secrets.MISSING}" }
  await service.deploy({ name: "secretless", source: echo, config: { ...http("/secretless"), environment } })
  const cookies = `export default () => {
    const headers = new Headers(); headers.append("set-cookie", "a=1"); headers.append("set-cookie", "b=2")
    return new Response(null, { status: 204, headers })
  }`
  await service.deploy({ name: "cookies", source: cookies, config: http("/cookies") })
  await service
    .organisation("org_b")
    .deploy({ name: "hello", source: 'export default () => new Response("b")', config: http("/hello") })
})

afterAll(async () => {
  await service.close()
})

beforeEach(() => {
  inputs.length = 0
})

const answer = (method: string, path: string, options: HttpFaceOptions = {}, init: RequestInit = {}) =>
  createHttpFace(watched(service), options).handle(new Request(`http://localhost:3000${path}`, { method, ...init }))

describe("a function's route", () => {
  it("answers everybody, with the whole request and what its parameters stand for", async () => {
    const body = new Uint8Array([0, 255, 1])
    const headers = { "x-sent": "yes", "content-type": "application/octet-stream" }
    const response = await answer("PUT", "/echo/7%2F8/a/b?q=1", {}, { body, headers })
    expect(new Uint8Array((await response?.arrayBuffer()) ?? new ArrayBuffer(0)).byteLength).toBeGreaterThan(0)
    expect(response?.headers.get("x-method")).toBe("PUT")
    expect(response?.headers.get("x-url")).toBe("http://localhost:3000/echo/7%2F8/a/b?q=1")
    expect(response?.headers.get("x-sent")).toBe("yes")
    expect(response?.headers.get("inlay-invocation-id")).toBeTruthy()
    expect(inputs).toMatchObject([{ type: "request", body, params: { id: "7/8", "*": "a/b" } }])
  })

  it("sees the URL that the caller wrote, whatever the mount took off it", async () => {
    const face = createHttpFace(service)
    const below = await face.handle(new Request("http://localhost/api/echo/1/x"), { prefix: "/api" })
    expect(below?.headers.get("x-url")).toBe("http://localhost/api/echo/1/x")
    const stripped = await face.handle(new Request("http://localhost/echo/1/x?y"), { strippedPrefix: "/api/" })
    expect(stripped?.headers.get("x-url")).toBe("http://localhost/api/echo/1/x?y")
  })

  it("answers the methods of its trigger, HEAD with GET, and leaves the others to the host", async () => {
    expect((await answer("GET", "/hello"))?.status).toBe(200)
    expect((await answer("HEAD", "/hello"))?.status).toBe(200)
    expect(await answer("POST", "/hello")).toBeNull()
    expect(await answer("OPTIONS", "/hello")).toBeNull()
    expect((await answer("OPTIONS", "/cookies"))?.status).toBe(204)
  })

  it("keeps several cookies, and has no body where its status has none", async () => {
    const response = await answer("GET", "/cookies")
    expect([response?.status, response?.headers.getSetCookie(), response?.body]).toEqual([204, ["a=1", "b=2"], null])
  })

  it("is open to pages of other sites, whose rules are the function's own", async () => {
    const response = await answer("GET", "/hello", {}, { headers: { origin: "https://elsewhere.example" } })
    expect(response?.status).toBe(200)
    expect(response?.headers.get("access-control-allow-origin")).toBeNull()
  })

  it("asks for known callers where its trigger does", async () => {
    const known = { organisation: "default", scopes: [], actor: "a" } as const
    expect((await answer("GET", "/private"))?.status).toBe(401)
    expect((await answer("GET", "/private", { authenticate: () => null }))?.status).toBe(401)
    expect((await answer("GET", "/private", { authenticate: () => known }))?.status).toBe(200)
  })

  it("is found in the caller's organisation", async () => {
    const known = { organisation: "org_b", scopes: [], actor: "a" } as const
    expect(await (await answer("GET", "/hello", { authenticate: () => known }))?.text()).toBe("b")
    expect(await answer("GET", "/echo/1/x", { authenticate: () => known })).toBeNull()
    expect((await answer("GET", "/hello", { authenticate: () => null }))?.headers.get("x-method")).toBe("GET")
  })

  it("never hides a path of the face, and is found where the mount hides that path", async () => {
    expect(await (await answer("GET", "/health"))?.json()).toEqual({ status: "ok" })
    const face = createHttpFace(service)
    const response = await face.handle(new Request("http://localhost/health"), { expose: "invoke" })
    expect(response?.headers.get("x-method")).toBe("GET")
    expect(await face.handle(new Request("http://localhost/hello"), { expose: "manage" })).toBeNull()
  })

  it("tells visitors that it failed and nothing more, and those who may change it everything", async () => {
    const visitor = await answer("GET", "/throwing")
    expect(visitor?.status).toBe(500)
    const text = (await visitor?.text()) ?? ""
    expect(text).not.toContain("open sesame")
    expect(JSON.parse(text)).toMatchObject({
      code: "FN_004",
      invocationId: visitor?.headers.get("inlay-invocation-id"),
    })
    const author = await answer("GET", "/throwing", { authenticate: "open" })
    expect(await author?.json()).toMatchObject({ code: "FN_004", error: { message: "password is open sesame" } })
  })

  it("tells visitors nothing of the environment where that keeps it from running", async () => {
    const visitor = await answer("GET", "/secretless")
    const text = (await visitor?.text()) ?? ""
    expect([visitor?.status, JSON.parse(text).code]).toEqual([422, "FN_006"])
    expect(text).not.toMatch(/DATABASE|MISSING/)
    const author = await answer("GET", "/secretless", { authenticate: "open" })
    expect(await author?.json()).toMatchObject({ code: "FN_006", detail: expect.stringContaining('"MISSING"') })
  })

  it("refuses bodies over the limit, and hosts that are not served", async () => {
    expect((await answer("POST", "/echo/1/x", { maxBodyBytes: 3 }, { body: "four" }))?.status).toBe(413)
    expect((await answer("GET", "/hello", { hosts: ["api.example"] }))?.status).toBe(403)
    expect(await answer("GET", "/nowhere", { hosts: ["api.example"] })).toBeNull()
  })

  it("is the only reason for which the host's failing hook is answered for", async () => {
    const errors: unknown[] = []
    const options = {
      authenticate: () => Promise.reject(new Error("down")),
      onError: (error: unknown) => errors.push(error),
    }
    expect(await answer("GET", "/nowhere", options)).toBeNull()
    expect(errors).toHaveLength(0)
    expect((await answer("GET", "/hello", options))?.status).toBe(500)
    expect(errors).toHaveLength(1)
  })

  it("appears and disappears with its function", async () => {
    const send = openFace(service)
    await send("POST", "/functions", { json: { name: "brief", source: echo, config: http("/brief") } })
    expect((await answer("GET", "/brief"))?.status).toBe(200)
    await send("PATCH", "/functions/brief", { json: { triggers: [{ type: "http", path: "/moved" }] } })
    expect(await answer("GET", "/brief")).toBeNull()
    expect((await answer("GET", "/moved"))?.status).toBe(200)
    const taken = await send("POST", "/functions", { json: { name: "second", source: echo, config: http("/moved") } })
    expect([taken.status, ((await taken.json()) as { code: string }).code]).toEqual([422, "FN_006"])
    await send("DELETE", "/functions/brief")
    expect(await answer("GET", "/moved")).toBeNull()
  })
})
