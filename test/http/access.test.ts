import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { accessTable, type OperationId } from "../../src/http/access-table.ts"
import { createHttpFace, type HttpFaceOptions } from "../../src/http/face.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { faceFor, openFace, type Send, startService } from "./support.ts"

let service: FunctionsService

beforeAll(async () => {
  service = await startService()
  await service.deploy({
    name: "greet",
    source: "export default () => 'hello'",
    config: { environment: { SECRET: "s3cret" } },
  })
})

afterAll(async () => {
  await service.close()
})

const operations = Object.entries(accessTable) as [OperationId, (typeof accessTable)[OperationId]][]
const protectedOperations = operations.filter(([, { scope }]) => scope !== null)
const open = operations.filter(([, { scope }]) => scope === null)

/** A path that names nothing there is, so that an admitted request changes nothing. */
const pathOf = (path: string) => path.replaceAll(/\{\w+\}/g, "missing")
const status = async (send: Send, [, { method, path }]: (typeof operations)[number], headers = {}) =>
  (await send(method, pathOf(path), { headers })).status

describe("a service with neither hosts nor authenticate", () => {
  const paths = [
    ["POST", "/functions/greet/invoke"],
    ["GET", "/functions"],
    ["GET", "/greet-route"],
  ] as const

  it.each(paths)("answers %s %s on this machine alone", async (method, path) => {
    const triggers = [{ type: "http", path: "/greet-route" }] as const
    await service.deploy({ name: "routed", source: "export default () => new Response()", config: { triggers } })
    const send = (host: string, options: HttpFaceOptions = {}) =>
      openFace(service, options)(method, path, { headers: { host } })
    for (const host of ["rebound.example:3000", "localhost.rebound.example", "127.0.0.1.nip.example", "10.0.0.1"]) {
      const response = await send(host)
      expect(response.status, host).toBe(403)
      expect(await response.json()).toMatchObject({
        code: "FN_009",
        detail: expect.stringMatching(/`hosts` and `authenticate`.*set one/),
      })
    }
    for (const host of ["localhost:3000", "app.localhost", "127.0.0.1:80", "127.9.9.9", "[::1]:3000"]) {
      expect((await send(host)).status, host).not.toBe(403)
    }
    for (const options of [
      { hosts: ["api.example"] },
      { authenticate: () => null },
      { authenticate: "open" as const },
    ]) {
      expect((await send("api.example", options)).status).not.toBe(403)
    }
  })

  it("answers probes under any host", async () => {
    expect((await openFace(service, {})("GET", "/health", { headers: { host: "10.0.0.1" } })).status).toBe(200)
  })
})

describe("every operation", () => {
  it("is known by its scope: only probes, the document and the way back from a provider have none", () => {
    expect(open.map(([id]) => id)).toEqual(["finishConnection", "getHealth", "getReadiness", "getOpenApi"])
    for (const [id, { method, kind, scope }] of protectedOperations) {
      if (method !== "GET" || kind === "call") expect(scope, id).not.toBe("read")
    }
  })

  it("lets agents send points, and do nothing else", async () => {
    const agent = faceFor(service, ["ingest"])
    const sent = await agent("POST", "/ingest", { json: { points: [{ key: "load", value: 1 }] } })
    expect(await sent.json()).toMatchObject({ accepted: 1 })
    for (const entry of protectedOperations) {
      if (entry[0] !== "ingestPoints") expect(await status(agent, [...entry]), entry[0]).toBe(403)
    }
  })

  it.each(protectedOperations)("%s asks for credentials, then for its scope", async (id, access) => {
    const entry = [id, access] as const
    const unknown = await openFace(service, { authenticate: () => null })(access.method, pathOf(access.path))
    expect(unknown.status).toBe(401)
    expect(unknown.headers.get("www-authenticate")).toBe("Bearer")
    expect(await unknown.json()).toMatchObject({ code: "FN_009", status: 401 })
    const others = (["read", "write"] as const).filter((scope) => scope !== access.scope)
    const refused = await faceFor(service, others)(access.method, pathOf(access.path))
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: "FN_009", detail: expect.stringContaining(`"${access.scope}"`) })
    for (const scope of [access.scope, "admin", "*"] as const) {
      if (scope) expect([401, 403]).not.toContain(await status(faceFor(service, [scope]), [...entry]))
    }
  })

  const reachable = open.filter(([id]) => id !== "finishConnection")
  it.each(reachable)("%s asks for nothing, nor for a known host or origin", async (id, access) => {
    const send = openFace(service, { authenticate: () => null, hosts: ["other.example"] })
    expect(await status(send, [id, access], { origin: "https://evil.example" })).toBe(200)
  })

  it("finishConnection asks for a known host, but for no credentials", async () => {
    const access = ["finishConnection", accessTable.finishConnection] as const
    const send = openFace(service, { authenticate: () => null, hosts: ["api.example"] })
    expect(await status(send, [...access])).toBe(403)
    expect(await status(send, [...access], { host: "api.example" })).not.toBe(401)
  })

  it.each(protectedOperations)("%s is closed to other hosts and other sites' pages", async (id, access) => {
    const send = openFace(service, { authenticate: "open", hosts: ["api.example"] })
    expect(await status(send, [id, access])).toBe(403)
    const own = openFace(service)
    expect(await status(own, [id, access], { origin: "https://evil.example" })).toBe(403)
    expect(await status(own, [id, access], { origin: "null" })).toBe(403)
    expect(await status(own, [id, access], { origin: "http://localhost:3000" })).not.toBe(403)
  })
})

describe("without authenticate", () => {
  const developmentToken = "t".repeat(32)
  const bearing = { authorization: `Bearer ${developmentToken}` }

  it("management is refused with a word on how to open it, and calls are open", async () => {
    const send = openFace(service, { developmentToken })
    for (const entry of protectedOperations) {
      const response = await send(entry[1].method, pathOf(entry[1].path))
      expect(response.status, entry[0]).toBe(entry[1].kind === "call" ? 404 : 401)
      if (entry[1].kind === "management")
        expect(((await response.json()) as { detail: string }).detail).toContain("Bearer <token>")
    }
    expect(await (await send("POST", "/functions/greet/invoke")).json()).toBe("hello")
  })

  it("the development token opens it, on this machine only", async () => {
    const send = openFace(service, { developmentToken })
    expect((await send("GET", "/functions", { headers: bearing })).status).toBe(200)
    expect((await send("GET", "/functions", { headers: { ...bearing, host: "127.0.0.1:3000" } })).status).toBe(200)
    expect((await send("GET", "/functions", { headers: { ...bearing, host: "rebound.example" } })).status).toBe(403)
    expect((await send("GET", "/functions", { headers: { authorization: "Bearer no" } })).status).toBe(401)
    expect(
      (await openFace(service, {})("GET", "/functions", { headers: { authorization: "Bearer undefined" } })).status,
    ).toBe(401)
  })
})

describe("identities", () => {
  it("see their own organisation only", async () => {
    const other = faceFor(service, ["admin"], "org_b")
    expect(((await (await other("GET", "/functions")).json()) as { items: unknown }).items).toEqual([])
    expect((await other("GET", "/functions/greet")).status).toBe(404)
    expect((await other("POST", "/functions/greet/invoke")).status).toBe(404)
    await other("POST", "/functions", { json: { name: "greet", source: "export default () => 'other'" } })
    expect(await (await other("POST", "/functions/greet/invoke")).json()).toBe("other")
    expect(await (await openFace(service)("POST", "/functions/greet/invoke")).json()).toBe("hello")
  })

  it("are named in the history", async () => {
    await faceFor(service, ["write"])("POST", "/functions/acted/deploy", { json: { source: "export default () => 1" } })
    expect(await service.activations("acted")).toMatchObject([{ actor: "test" }])
  })

  it("that may only read see no environment", async () => {
    const reader = faceFor(service, ["read"])
    const one = await (await reader("GET", "/functions/greet")).text()
    const all = await (await reader("GET", "/functions")).text()
    expect(one + all).not.toContain("s3cret")
    expect((await reader("GET", "/functions/greet/env")).status).toBe(403)
    expect(await (await faceFor(service, ["read", "write"])("GET", "/functions/greet")).json()).toMatchObject({
      environment: { SECRET: "s3cret" },
    })
  })

  it("that the host's hook cannot tell are an error of the host's, without a word of it in the answer", async () => {
    const errors: unknown[] = []
    const failing = new Error("connect /var/run/auth.sock")
    const options = {
      authenticate: () => Promise.reject(failing),
      onError: (error: unknown) => {
        errors.push(error)
        throw new Error("the listener fails too")
      },
    }
    const response = await openFace(service, options)("GET", "/functions")
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain("auth.sock")
    expect(errors).toEqual([failing])
  })
})

describe("pages of other origins", () => {
  const send = (method: string, headers: Record<string, string>, path = "/functions/greet/invoke") =>
    openFace(service, { authenticate: "open", origins: ["https://app.example"] })(method, path, { headers })
  const origin = "https://app.example"

  it("may call where they are allowed, and read the answers, refusals too", async () => {
    const answered = await send("POST", { origin })
    expect(answered.status).toBe(200)
    expect(answered.headers.get("access-control-allow-origin")).toBe(origin)
    expect(answered.headers.get("vary")).toBe("Origin")
    const missing = await send("GET", { origin }, "/functions/missing")
    expect([missing.status, missing.headers.get("access-control-allow-origin")]).toEqual([404, origin])
    const wrong = await send("DELETE", { origin })
    expect([wrong.status, wrong.headers.get("access-control-allow-origin")]).toEqual([405, origin])
  })

  it("have their preflights answered where they are allowed, and refused elsewhere", async () => {
    const asking = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" }
    const response = await send("OPTIONS", { origin, ...asking })
    expect(response.status).toBe(204)
    expect(response.headers.get("access-control-allow-origin")).toBe(origin)
    expect(response.headers.get("access-control-allow-methods")).toBe("POST")
    expect(response.headers.get("access-control-allow-headers")).toBe("content-type")
    const unasked = await send("OPTIONS", { origin, "access-control-request-method": "POST" })
    expect(unasked.headers.get("access-control-allow-headers")).toMatch(/\btraceparent, tracestate\b/)
    const foreign = await send("OPTIONS", { origin: "https://evil.example", ...asking })
    expect([foreign.status, foreign.headers.get("access-control-allow-origin")]).toEqual([403, null])
  })
})

describe("what a mount exposes", () => {
  const face = () => createHttpFace(service, { authenticate: "open" })
  const at = async (method: string, path: string, options: Parameters<ReturnType<typeof face>["handle"]>[1]) =>
    (await face().handle(new Request(`http://localhost${path}`, { method }), options))?.status ?? null

  it("is calls alone, management alone, or both", async () => {
    expect(await at("POST", "/functions/greet/invoke", { expose: "invoke" })).toBe(200)
    for (const path of ["/functions", "/functions/greet", "/health", "/metrics", "/openapi.json"]) {
      expect(await at("GET", path, { expose: "invoke" }), path).toBeNull()
      expect(await at("GET", path, { expose: "manage" }), path).toBe(200)
      expect(await at("GET", path, { expose: "all" }), path).toBe(200)
    }
    expect(await at("POST", "/functions/greet/invoke", { expose: "manage" })).toBeNull()
    expect(await at("DELETE", "/functions/greet/invoke", { expose: "invoke" })).toBe(405)
  })

  it("stands below the prefix, and nowhere else", async () => {
    for (const prefix of ["/api", "/api/", "api"]) {
      expect(await at("GET", "/api/health", { prefix })).toBe(200)
      expect(await at("GET", "/api/health/", { prefix })).toBe(200)
      for (const path of ["/health", "/apix/health", "/api", "/api/", "/", "/x/api/health", "/API/health"]) {
        expect(await at("GET", path, { prefix }), path).toBeNull()
      }
    }
    expect(await at("GET", "/health?/functions", {})).toBe(200)
    expect(await at("GET", "/health#x", {})).toBe(200)
  })

  it("never answers what it does not know: fetch says 404, handle leaves it to the host", async () => {
    expect(await at("GET", "/nowhere", {})).toBeNull()
    const response = await face().fetch(new Request("http://localhost/nowhere"))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ type: "about:blank", status: 404 })
  })

  it("answers other methods of a known path with 405 and the ones there are", async () => {
    const response = await face().fetch(new Request("http://localhost/functions/greet", { method: "POST" }))
    expect(response.status).toBe(405)
    expect(response.headers.get("allow")).toBe("DELETE, GET, HEAD, PATCH, PUT")
    const options = await face().fetch(new Request("http://localhost/functions", { method: "OPTIONS" }))
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, POST"])
  })
})
