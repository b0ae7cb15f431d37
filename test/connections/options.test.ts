import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createFunctions, type FunctionsService } from "../../src/index.ts"
import { rejectionOf } from "../service/service.ts"
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.ts"

const url = "http://127.0.0.1:9/api"
const key = randomBytes(32)
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
let server: AuthorizationServer

beforeAll(async () => {
  server = await startAuthorizationServer(`${url}/connections/acme/callback`)
})
afterAll(() => server.close())

describe("what a host configures", () => {
  const create = (connections: object) =>
    createFunctions({ connections: { key, url, providers: {}, ...connections } as never }).then((service) =>
      service.close(),
    )

  it("is refused without a key: tokens are never stored unencrypted", async () => {
    for (const wrong of [undefined, [], "", "short", randomBytes(16), [key, "short"]]) {
      const error = await rejectionOf(create({ key: wrong }))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain("connections.key must be 32 random bytes")
    }
  })

  it("is refused where an address is not https, or a field is missing", async () => {
    const { provider } = server
    const wrong: readonly (readonly [object, string])[] = [
      [{ url: "http://app.example.com" }, "connections.url"],
      [{ returnOrigins: ["https://ok.example", "https://admin.example.com/"] }, "connections.returnOrigins.1"],
      [{ returnOrigins: ["http://admin.example.com"] }, "connections.returnOrigins.0"],
      // Text of which every beginning would be an allowed site.
      [{ returnOrigins: "https://admin.example.com" }, "connections.returnOrigins.0"],
      [{ providers: { "a b": provider } }, "connections.providers.a b"],
      [{ providers: { a: { ...provider, tokenUrl: "http://example.com" } } }, "providers.a.tokenUrl"],
      [{ providers: { a: { ...provider, authorizationUrl: undefined } } }, "providers.a.authorizationUrl"],
      [{ providers: { a: { ...provider, clientId: "" } } }, "providers.a.clientId"],
      [{ providers: { a: { ...provider, issuer: undefined } } }, "providers.a.issuer"],
    ]
    for (const [change, field] of wrong) {
      const error = await rejectionOf(create(change))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain(field)
    }
  })

  it("reaches public addresses alone, unless the host allows more", async () => {
    const reported: unknown[] = []
    const service = await createFunctions({
      logger: silent,
      onError: (error) => void reported.push(error),
      egress: { allow: ["127.0.0.1"] },
      connections: { key, url, providers: { acme: server.provider } },
    })
    const { url: page } = await service.connections.authorize("acme")
    const parameters = new URL(await server.visit(page)).searchParams
    const finished = await service.connections.finish("acme", { parameters })
    await service.close({ graceMs: 0 })
    expect(finished).toMatchObject({ error: "unreachable" })
    expect(String(reported[0])).toContain("the provider cannot be asked")
  })
})

describe("over HTTP", () => {
  let service: FunctionsService
  const send = (path: string, init: RequestInit = {}) =>
    service.fetch(new Request(new URL(path, `${url}/`), init), { prefix: "/api" })

  beforeAll(async () => {
    service = await createFunctions({
      logger: silent,
      authenticate: (request) => {
        const organisation = request.headers.get("authorization")
        return organisation === null ? null : { organisation, scopes: ["read", "write"], actor: "ada" }
      },
      connections: { key, url, providers: { acme: server.provider }, egress: { allow: ["127.0.0.1"] } },
    })
  })
  afterAll(() => service.close({ graceMs: 0 }))

  /** Begins, and goes the browser's way up to the callback. */
  async function begin(organisation: string, returnTo?: string) {
    const headers = { authorization: organisation, "content-type": "application/json" }
    const body = JSON.stringify(returnTo === undefined ? {} : { returnTo })
    const begun = await send("connections/acme/authorize", { method: "POST", headers, body })
    expect(begun.status).toBe(200)
    const [setCookie = ""] = begun.headers.getSetCookie()
    const { url: page } = (await begun.json()) as { readonly url: string }
    return { setCookie, cookie: setCookie.replace(/;.*/, ""), callback: await server.visit(page) }
  }

  it("connects the account of the organisation that began, in the browser that began", async () => {
    const { setCookie, cookie, callback } = await begin("acme-inc", "/settings")
    expect(setCookie).toMatch(/; Path=\/api\/connections\/acme\/callback; Max-Age=600; HttpOnly; SameSite=Lax$/)
    expect((await send(callback)).status).toBe(403)
    const foreign = await begin("evil-inc")
    expect((await send(callback, { headers: { cookie: foreign.cookie } })).status).toBe(403)
    const [name = ""] = cookie.split("=")
    for (const organisation of ["evil-inc", ["acme-inc"], null, "no organisation"]) {
      const forged = Buffer.from(JSON.stringify({ organisation, binding: "guessed" })).toString("base64url")
      expect((await send(callback, { headers: { cookie: `${name}=${forged}` } })).status).toBe(403)
    }
    const other = await begin("acme-inc", "/settings")
    const finished = await send(other.callback, { headers: { cookie: `a=b; ${other.cookie}` } })
    expect([finished.status, finished.headers.get("location")]).toEqual([
      303,
      `${new URL(url).origin}/settings?connection=acme`,
    ])
    expect((await send(other.callback, { headers: { cookie: other.cookie } })).status).toBe(403)
    const listed = await send("connections", { headers: { authorization: "acme-inc" } })
    expect(await listed.json()).toMatchObject({ items: [{ provider: "acme", status: "connected" }] })
    const others = await send("connections", { headers: { authorization: "evil-inc" } })
    expect(await others.json()).toMatchObject({ items: [{ provider: "acme", status: "disconnected" }] })
  })

  it("asks those who begin, list and disconnect who they are", async () => {
    expect((await send("connections")).status).toBe(401)
    expect((await send("connections/acme", { method: "DELETE" })).status).toBe(401)
    expect((await send("connections/acme/authorize", { method: "POST" })).status).toBe(401)
  })
})
