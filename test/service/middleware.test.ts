import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { SignJWT } from "jose"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { authCapability } from "../../adapters/capability/auth.ts"
import { createHttpFace, type HttpFace } from "../../src/http/face.ts"
import { openService, rejectionOf } from "./service.ts"

const secret = "a secret of at least thirty-two bytes"
const startedAt = Date.UTC(2026, 0, 1)
const clock = { now: startedAt }
const now = () => clock.now

const service = openService({
  sandbox: { threads: 1 },
  egress: { allow: ["127.0.0.1"] },
  now,
  capabilities: { auth: authCapability({ secret }, now) },
})

let face: HttpFace
let upstream: Server
beforeAll(async () => {
  face = createHttpFace(service.functions, { authenticate: "open" })
  upstream = createServer((_, response) => response.end("from upstream"))
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve))
})
afterAll(async () => {
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})

const tokenOf = (sub: string, expiresAt = startedAt + 3_600_000) =>
  new SignJWT({ sub })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(expiresAt / 1000)
    .sign(Buffer.from(secret))

const imports = 'import { auth, cors, middleware, rateLimit } from "inlay/functions"\n'
let deployed = 0

/** Deploys a function at a route of its own, and gives what sends requests there. */
async function route(code: string) {
  const path = `/m${++deployed}`
  await service.functions.deploy({
    name: `m${deployed}`,
    source: imports + code,
    config: { triggers: [{ type: "http", path }] },
  })
  return async (headers: Record<string, string> = {}, init: RequestInit = {}) =>
    face.fetch(new Request(`http://localhost${path}`, { headers, ...init }), {})
}

/** Deploys a function without a route. */
async function plain(code: string) {
  const name = `m${++deployed}`
  await service.functions.deploy({ name, source: imports + code })
  return name
}

describe("the three together", () => {
  it("refuse who is unknown, and call 101 within a minute", async () => {
    const send = await route(`
      const handler = async (request, context) => Response.json({ hello: context.auth.sub })
      export default middleware([cors(), auth({ required: true }), rateLimit({ maxRequests: 100, window: "1m" }), handler])
    `)
    const unknown = await send({ origin: "https://app.example.com" })
    expect(unknown.status).toBe(401)
    expect(unknown.headers.get("www-authenticate")).toBe("Bearer")
    expect(unknown.headers.get("access-control-allow-origin")).toBe("*")

    const authorization = `Bearer ${await tokenOf("ada")}`
    for (let call = 1; call <= 100; call++) {
      const response = await send({ authorization })
      expect(response.status).toBe(200)
      expect(response.headers.get("ratelimit-remaining")).toBe(String(100 - call))
    }
    const over = await send({ authorization, origin: "https://app.example.com" })
    expect(over.status).toBe(429)
    expect(over.headers.get("content-type")).toBe("application/problem+json")
    expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0)
    expect(Number(over.headers.get("retry-after"))).toBeLessThanOrEqual(60)
    expect(over.headers.get("ratelimit-limit")).toBe("100")
    expect(over.headers.get("access-control-allow-origin")).toBe("*")
    expect(await over.json()).toMatchObject({ status: 429, title: "Too Many Requests" })

    expect((await send({ authorization: `Bearer ${await tokenOf("bob")}` })).status).toBe(200)
    clock.now += 60_001
    expect((await send({ authorization })).status).toBe(200)
    clock.now = startedAt
  })

  it("wrap an event handler, whose value and failure stay what they are", async () => {
    const { functions } = service
    const name = await plain(`
      const handler = (event, context) => {
        if (event.bad) throw new RangeError("bad")
        return event.none ? undefined : { doubled: event.n * 2, who: context.auth?.sub ?? null }
      }
      export default middleware([cors(), auth(), rateLimit({ maxRequests: 4, window: "1m" }), handler])
    `)
    expect(await functions.invoke(name, { n: 2 })).toEqual({ doubled: 4, who: null })
    const headers = { authorization: `Bearer ${await tokenOf("ada")}` }
    expect(await functions.invoke(name, { n: 3, headers })).toEqual({ doubled: 6, who: "ada" })
    expect(await rejectionOf(functions.invoke(name, { bad: true }))).toMatchObject({
      code: "FN_004",
      guest: { name: "RangeError", message: "bad" },
    })
    expect((await functions.run(name, { none: true })).output).toBeUndefined()
    const json = { "content-type": "application/json" }
    const post = () =>
      face.fetch(
        new Request(`http://localhost/functions/${name}/invoke`, { method: "POST", headers: json, body: '{"n":1}' }),
        {},
      )
    expect((await post()).status).toBe(200)
    const over = await post()
    expect(over.status).toBe(429)
    expect(over.headers.get("retry-after")).not.toBeNull()
  })

  it("wrap an object with fetch", async () => {
    const name = await plain(`
      export default middleware([cors(), { fetch: (request, env, context) => Response.json([request.method, typeof env, context.functionName]) }])
    `)
    expect(await service.functions.invoke(name)).toEqual(["POST", "object", name])
  })
})

describe("cors", () => {
  const preflight = (origin: string) => ({
    origin,
    "access-control-request-method": "PUT",
    "access-control-request-headers": "x-one, x-two",
  })

  it("answers a preflight without the handler", async () => {
    const send = await route('export default middleware([cors({ maxAge: 600 }), () => { throw new Error("called") }])')
    const response = await send(preflight("https://a.example"), { method: "OPTIONS" })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, PUT, PATCH, POST, DELETE",
      "access-control-allow-headers": "x-one, x-two",
      "access-control-max-age": "600",
      vary: "Access-Control-Request-Headers",
    })
  })

  it("names only the sites that may, with credentials where they are wanted", async () => {
    const send = await route(`export default middleware([
      cors({ origins: ["https://a.example"], credentials: true, methods: ["GET"], headers: ["x-one"], exposedHeaders: ["x-id"] }),
      () => new Response("ok", { headers: { vary: "Accept" } }),
    ])`)
    const own = await send({ origin: "https://a.example" })
    expect(Object.fromEntries(own.headers)).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "x-id",
      vary: "Accept, Origin",
    })
    for (const origin of ["https://b.example", "null", "https://a.example.evil.example"]) {
      const other = await send({ origin })
      expect(await other.text()).toBe("ok")
      expect(other.headers.get("access-control-allow-origin")).toBeNull()
      expect(other.headers.get("vary")).toBe("Accept, Origin")
      const refused = await send(preflight(origin), { method: "OPTIONS" })
      expect(refused.headers.get("access-control-allow-origin")).toBeNull()
      expect(refused.headers.get("access-control-allow-methods")).toBeNull()
    }
    const asked = await send(preflight("https://a.example"), { method: "OPTIONS" })
    expect(asked.headers.get("access-control-allow-headers")).toBe("x-one")
  })

  it("marks responses that cannot be changed", async () => {
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`
    const send = await route(`export default middleware([cors(), (request) =>
      request.headers.get("x-to") ? Response.redirect("https://b.example/") : fetch(${JSON.stringify(url)})])`)
    const fetched = await send({ origin: "https://a.example" })
    expect(fetched.headers.get("access-control-allow-origin")).toBe("*")
    expect(await fetched.text()).toBe("from upstream")
    const redirect = await send({ origin: "https://a.example", "x-to": "1" })
    expect(redirect.status).toBe(302)
    expect(redirect.headers.get("location")).toBe("https://b.example/")
    expect(redirect.headers.get("access-control-allow-origin")).toBe("*")
  })

  it("refuses credentials for every site", async () => {
    const failed = await rejectionOf(plain("export default middleware([cors({ credentials: true }), () => 1])"))
    expect(failed).toMatchObject({ code: "FN_005", message: expect.stringContaining("name the sites") })
  })
})

describe("auth", () => {
  it("refuses tokens that are wrong or expired where one is required, and says which", async () => {
    const send = await route(
      `export default middleware([auth({ required: true, realm: "a" }), () => new Response("in")])`,
    )
    const late = await send({ authorization: `Bearer ${await tokenOf("ada", startedAt - 60_000)}` })
    expect(late.status).toBe(401)
    expect(late.headers.get("www-authenticate")).toBe(
      'Bearer realm="a", error="invalid_token", error_description="The token has expired."',
    )
    expect(await late.json()).toEqual({
      type: "about:blank",
      title: "Unauthorized",
      status: 401,
      detail: "The token has expired.",
    })
    const token = await tokenOf("ada")
    for (const authorization of [`Bearer ${token}x`, "Bearer none", `Basic ${token}`, "Bearer", token]) {
      expect((await send({ authorization })).status).toBe(401)
    }
    expect(await (await send({ authorization: `bearer ${token}` })).text()).toBe("in")
  })

  it("lets unknown callers through as such where none is required", async () => {
    const send = await route("export default middleware([auth(), (_, { auth }) => Response.json(auth?.sub ?? null)])")
    expect(await (await send()).json()).toBeNull()
    expect(await (await send({ authorization: "Bearer wrong" })).json()).toBeNull()
    expect(await (await send({ authorization: `Bearer ${await tokenOf("ada")}` })).json()).toBe("ada")
  })

  it("takes the token from where the author says", async () => {
    const send = await route(`export default middleware([
      auth({ required: true, token: (request) => request.headers.get("x-token") }), () => new Response("in")])`)
    expect((await send()).status).toBe(401)
    expect((await send({ "x-token": await tokenOf("ada") })).status).toBe(200)
  })
})

describe("rateLimit", () => {
  it("counts by its key, by a trusted header, and apart for each function", async () => {
    const code = `export default middleware([rateLimit({ maxRequests: 1, window: 60_000, header: "x-forwarded-for" }), () => new Response()])`
    const [one, two] = [await route(code), await route(code)]
    const from = (address: string) => ({ "x-forwarded-for": address })
    expect((await one(from("1.1.1.1"))).status).toBe(200)
    expect((await one(from("2.2.2.2, 1.1.1.1"))).status).toBe(429)
    expect((await one(from("2.2.2.2"))).status).toBe(200)
    expect((await two(from("1.1.1.1"))).status).toBe(200)
    const keyed = await route(`export default middleware([
      rateLimit({ maxRequests: 1, window: "1h", key: (request) => request.headers.get("x-key") }), () => new Response()])`)
    expect((await keyed({ "x-key": "a" })).status).toBe(200)
    expect((await keyed({ "x-key": "b" })).status).toBe(200)
    expect((await keyed({ "x-key": "a" })).status).toBe(429)
    expect([(await keyed({})).status, (await keyed({})).status]).toEqual([200, 429])
  })

  it("counts whoever a key names, however long or odd the name", async () => {
    const odd = ['"😀".repeat(150)', '"a" + "😀".repeat(150)', '"\\0"', '"\\ud800"', '"a".repeat(5000)', "undefined"]
    const send = await route(`const names = [${odd.join(", ")}]
      export default middleware([
        rateLimit({ maxRequests: 1, window: "1h", key: (request) => names[request.headers.get("x-key")] }),
        () => new Response()])`)
    for (const index of odd.keys()) {
      const key = { "x-key": String(index) }
      if (index !== 3) expect((await send(key)).status).toBe(200)
      expect((await send(key)).status).toBe(429)
    }
  })

  it("counts calls that come at once", async () => {
    const send = await route(
      'export default middleware([rateLimit({ maxRequests: 5, window: "1m" }), () => new Response()])',
    )
    const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await send()).status))
    expect(statuses.filter((status) => status === 200)).toHaveLength(5)
  })

  it("slides, where it is asked to", async () => {
    const send = await route(`export default middleware([
      rateLimit({ maxRequests: 3, window: "1d", algorithm: "sliding" }), () => new Response()])`)
    const statuses: number[] = []
    for (let call = 0; call < 5; call++) statuses.push((await send()).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
  })

  it.each(["1 fortnight", "0s", 0, -5, "m"])("refuses the window %j", async (window) => {
    const code = `export default middleware([rateLimit({ maxRequests: 1, window: ${JSON.stringify(window)} }), () => 1])`
    expect(await rejectionOf(plain(code))).toMatchObject({ code: "FN_005" })
  })
})

describe("own middleware", () => {
  it("runs in order, outermost first, and may change request and response", async () => {
    const send = await route(`
      const step = (name) => async (request, context, next) => {
        const response = await next(new Request(request, { headers: { "x-way": (request.headers.get("x-way") ?? "") + name } }))
        response.headers.append("x-back", name)
        return response
      }
      export default middleware([step("a"), step("b"), (request) => new Response(request.headers.get("x-way"))])
    `)
    const response = await send()
    expect(await response.text()).toBe("ab")
    expect(response.headers.get("x-back")).toBe("b, a")
  })

  it("may answer in the handler's place, and catches what the handler throws", async () => {
    const send = await route(`
      const catching = async (request, context, next) => {
        try { return await next() } catch (error) { return new Response(error.message, { status: 418 }) }
      }
      const closed = (request, context, next) => request.headers.get("x-stop") ? new Response("closed") : next()
      export default middleware([catching, closed, async () => { throw new Error("thrown") }])
    `)
    expect(await (await send({ "x-stop": "1" })).text()).toBe("closed")
    const caught = await send()
    expect([caught.status, await caught.text()]).toEqual([418, "thrown"])
  })

  it.each([
    ["(request, context, next) => next().then(next)", "called before"],
    ["() => 'text'", "must be a Response"],
    ["(request, context, next) => { next() }", "must be a Response"],
  ])("that is wrong says so: %s", async (code, message) => {
    const name = await plain(`export default middleware([${code}, () => 1])`)
    expect(await rejectionOf(service.functions.invoke(name))).toMatchObject({
      code: "FN_004",
      message: expect.stringContaining(message),
    })
  })

  it.each([
    ["middleware([])", "the last entry must be"],
    ["middleware([cors(), 'text'])", "the last entry must be"],
    ["middleware(['text', () => 1])", "it is no function"],
  ])("is refused at the deploy: %s", async (code, message) => {
    const failed = await rejectionOf(plain(`export default ${code}`))
    expect(failed).toMatchObject({ code: "FN_005", message: expect.stringContaining(message) })
  })
})
