import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import {
  createFunctions,
  type Facts,
  type FunctionsService,
  type ProviderOptions,
  type Storage,
} from "../../src/index.ts"
import { rejectionOf } from "../service/service.ts"
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.ts"

const url = "http://127.0.0.1:9/api"
const key = randomBytes(32)
let server: AuthorizationServer
let storage: Storage
let functions: FunctionsService
let clock = Date.now()
const reported: unknown[] = []
const changes: Facts["connection.changed"][] = []

interface Change {
  readonly storage?: Storage
  readonly key?: Uint8Array | readonly Uint8Array[]
  readonly providers?: Readonly<Record<string, ProviderOptions>>
  readonly returnOrigins?: readonly string[]
}

function start(change: Change = {}) {
  return createFunctions({
    storage: change.storage ?? sqlite(":memory:"),
    authenticate: "open",
    now: () => clock,
    onError: (error) => void reported.push(error),
    egress: { allow: ["127.0.0.1"] },
    connections: {
      key: change.key ?? key,
      url,
      providers: change.providers ?? { acme: server.provider, other: server.provider },
      egress: { allow: ["127.0.0.1"] },
      returnOrigins: change.returnOrigins ?? ["https://admin.example.com"],
    },
  })
}

beforeAll(async () => {
  server = await startAuthorizationServer(`${url}/connections/acme/callback`)
  storage = sqlite(":memory:")
  functions = await start({ storage })
  functions.on("connection.changed", (change) => void changes.push(change))
})
afterAll(async () => {
  await functions.close({ graceMs: 0 })
  await server.close()
})
beforeEach(() => {
  reported.length = 0
  changes.length = 0
  server.answerTokens = null
})

/** Another process over the same storage, closed after what is done with it. */
async function beside(change: Change, work: (service: FunctionsService) => Promise<void>): Promise<void> {
  const shared: Storage = { ...(change.storage ?? storage), open: async () => {}, close: async () => {} }
  const service = await start({ ...change, storage: shared })
  try {
    await work(service)
  } finally {
    await service.close({ graceMs: 0 })
  }
}

/** Connects an organisation's account, as a host's own routes would. */
async function connect(organisation: string, service: FunctionsService = functions) {
  const { connections } = service.organisation(organisation)
  const request = await connections.authorize("acme", { returnTo: "/settings?tab=2" })
  const parameters = new URL(await server.visit(request.url)).searchParams
  return { parameters, finished: await connections.finish("acme", { parameters }) }
}

/** Runs a handler's body of an organisation. */
async function run(organisation: string, body: string, service: FunctionsService = functions): Promise<unknown> {
  const bound = service.organisation(organisation)
  const source = `import { oauth } from "inlay/sdk"
    export default async (event) => { try { ${body} } catch (error) { return { code: error.code, message: error.message } } }`
  await bound.deploy({ name: "probe", source })
  return bound.invoke("probe", { url: `${server.issuer}/me` })
}

const readToken = 'return { token: await oauth.connection("acme").accessToken() }'

describe("connecting an account", () => {
  it("gives functions an access token that the provider takes, and lists the account without it", async () => {
    const { finished } = await connect("o1")
    expect(finished).toMatchObject({
      error: null,
      returnTo: `${new URL(url).origin}/settings?tab=2&connection=acme`,
      connection: { provider: "acme", status: "connected", account: "ada@example.com" },
    })
    const { token } = (await run("o1", readToken)) as { readonly token: string }
    expect(await server.resource(token)).toBe(200)
    const listed = await functions.organisation("o1").connections.list()
    expect(listed.map(({ provider, status }) => [provider, status])).toEqual([
      ["acme", "connected"],
      ["other", "disconnected"],
    ])
    expect(changes).toMatchObject([{ organisation: "o1", status: "connected", actor: "host" }])
    expect(JSON.stringify([finished, listed, changes])).not.toContain(token)
  })

  it("keeps each organisation's account from the others", async () => {
    await connect("o2")
    expect(await run("o3", readToken)).toMatchObject({ code: "NOT_CONNECTED" })
    expect(await functions.organisation("o3").connections.get("acme")).toMatchObject({ status: "disconnected" })
  })

  it("asks the provider with S256 and parameters that the host's cannot replace", async () => {
    const { url: page } = await functions.connections.authorize("acme")
    const asked = new URL(page).searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: "code",
      client_id: "inlay",
      code_challenge_method: "S256",
      prompt: "consent",
      redirect_uri: `${url}/connections/acme/callback`,
    })
    expect(asked.get("code_challenge")).toMatch(/^[\w-]{43}$/)
    expect(asked.get("state")).toMatch(/^[\w-]{43}$/)
  })

  it("takes a state once, in time, for its own organisation and provider, and from its own browser", async () => {
    const { parameters } = await connect("o4")
    const refused = { code: "FN_009" }
    const { connections } = functions.organisation("o4")
    expect(await rejectionOf(connections.finish("acme", { parameters }))).toMatchObject(refused)
    const begin = async (binding?: string) => {
      const request = await connections.authorize("acme", binding === undefined ? {} : { binding })
      return new URL(await server.visit(request.url)).searchParams
    }
    const foreign = await begin()
    const others = functions.organisation("o5").connections
    expect(await rejectionOf(others.finish("acme", { parameters: foreign }))).toMatchObject(refused)
    expect(await rejectionOf(connections.finish("other", { parameters: foreign }))).toMatchObject(refused)
    const bound = await begin("session 1")
    expect(await rejectionOf(connections.finish("acme", { parameters: bound, binding: "session 2" }))).toMatchObject(
      refused,
    )
    const late = await begin()
    clock += 10 * 60_000
    expect(await rejectionOf(connections.finish("acme", { parameters: late }))).toMatchObject(refused)
    const own = await begin("session 1")
    expect(await connections.finish("acme", { parameters: own, binding: "session 1" })).toMatchObject({ error: null })
  })

  it("tells that the provider said no, and keeps nothing", async () => {
    const { connections } = functions.organisation("o6")
    const { url: page } = await connections.authorize("acme", { returnTo: "https://admin.example.com/done" })
    const state = new URL(page).searchParams.get("state") ?? ""
    const parameters = new URLSearchParams({
      state,
      error: "access_denied",
      error_description: "no",
      iss: server.issuer,
    })
    expect(await connections.finish("acme", { parameters })).toMatchObject({
      error: "access_denied",
      returnTo: "https://admin.example.com/done?connection=acme&error=access_denied",
      connection: { status: "disconnected" },
    })
  })

  it("sends browsers back to allowed sites alone", async () => {
    const foreign = ["https://evil.example", "//evil.example/", "/\\evil.example", "javascript:alert(1)", `blob:${url}`]
    for (const returnTo of [...foreign, ""]) {
      const { connections } = functions
      const attempt = connections.authorize("acme", { returnTo })
      if (returnTo === "") expect((await attempt).url).toContain(server.issuer)
      else expect(await rejectionOf(attempt)).toMatchObject({ code: "FN_006", issues: [{ path: "returnTo" }] })
    }
  })

  it("sends nobody to a site that was taken off the list while its user was with the provider", async () => {
    const { connections } = functions.organisation("o7")
    const { url: page } = await connections.authorize("acme", { returnTo: "https://admin.example.com/done" })
    const parameters = new URL(await server.visit(page)).searchParams
    await beside({ returnOrigins: [] }, async (service) => {
      const finished = await service.organisation("o7").connections.finish("acme", { parameters })
      expect(finished).toMatchObject({ error: null, returnTo: null })
    })
  })

  it("names the providers that there are", async () => {
    const error = await rejectionOf(functions.connections.authorize("gogle"))
    expect(error).toMatchObject({ code: "FN_001", message: expect.stringContaining("acme, other") })
    expect(await run("o1", 'await oauth.connection("gogle").accessToken()')).toMatchObject({
      code: "NOT_AVAILABLE",
      message: expect.stringContaining("acme, other"),
    })
  })
})

describe("an access token that ends", () => {
  it("is refreshed when a function asks, once for all who ask at the same time", async () => {
    await connect("r1")
    const { token: first } = (await run("r1", readToken)) as { readonly token: string }
    clock += 3_600_000
    const before = server.grants.refresh_token ?? 0
    const bound = functions.organisation("r1")
    const given = await Promise.all(Array.from({ length: 8 }, () => bound.invoke<{ token: string }>("probe")))
    expect(new Set(given.map(({ token }) => token)).size).toBe(1)
    expect(given[0]?.token).not.toBe(first)
    expect(await server.resource(given[0]?.token ?? "")).toBe(200)
    expect((server.grants.refresh_token ?? 0) - before).toBe(1)
  })

  it("is refreshed by one of two processes, though refresh tokens are good for one use", async () => {
    await connect("r2")
    await run("r2", readToken)
    const shared: Storage = { ...storage, open: async () => {}, close: async () => {} }
    const replica = await start({ storage: shared })
    try {
      clock += 3_600_000
      const before = server.grants.refresh_token ?? 0
      const given = await Promise.all(
        [functions, replica, functions, replica].map((service) =>
          service.organisation("r2").invoke<{ token: string }>("probe"),
        ),
      )
      expect(new Set(given.map(({ token }) => token)).size).toBe(1)
      expect((server.grants.refresh_token ?? 0) - before).toBe(1)
      // The rotated refresh token was kept: the next one works as well.
      clock += 3_600_000
      const { token } = await replica.organisation("r2").invoke<{ token: string }>("probe")
      expect(await server.resource(token)).toBe(200)
    } finally {
      await replica.close({ graceMs: 0 })
    }
  })

  it("goes on where a process that refreshed has died", async () => {
    await connect("r3")
    await run("r3", readToken)
    clock += 3_600_000
    const record = await storage.connections.find("r3", "acme")
    const claim = { revision: record?.revision ?? 0, until: clock + 30_000, now: clock }
    expect(await storage.connections.beginRefresh("r3", "acme", claim)).not.toBeNull()
    const waiting = functions.organisation("r3").invoke<{ token: string }>("probe")
    clock += 30_000
    expect(await server.resource((await waiting).token)).toBe(200)
  })

  it("must be connected again once the provider takes the refresh token no more", async () => {
    await connect("r4")
    clock += 3_600_000
    server.answerTokens = () => ({ status: 400, body: { error: "invalid_grant" } })
    changes.length = 0
    expect(await run("r4", readToken)).toMatchObject({ code: "CONNECTION_EXPIRED" })
    expect(changes).toMatchObject([{ organisation: "r4", status: "expired", actor: null }])
    const before = server.grants.refresh_token
    expect(await run("r4", readToken)).toMatchObject({ code: "CONNECTION_EXPIRED" })
    expect(server.grants.refresh_token).toBe(before)
    server.answerTokens = null
    await connect("r4")
    expect(await run("r4", readToken)).toMatchObject({ token: expect.any(String) })
  })

  it("is the new account's where the old one was refused while somebody connected it again", async () => {
    await connect("r6")
    clock += 3_600_000
    let reconnected: Promise<unknown> | undefined
    server.answerTokens = (grantType) => {
      if (grantType !== "refresh_token") return null
      server.answerTokens = null
      reconnected = connect("r6")
      return { status: 400, body: { error: "invalid_grant" }, after: reconnected }
    }
    expect(await run("r6", readToken)).toMatchObject({ token: expect.any(String) })
    await reconnected
    expect(changes.at(-1)).toMatchObject({ organisation: "r6", status: "connected" })
  })

  it("is given out to its end where the provider is down, and refreshed later", async () => {
    await connect("r5")
    const { token } = (await run("r5", readToken)) as { readonly token: string }
    server.answerTokens = () => ({ status: 503, body: { error: "temporarily_unavailable" } })
    clock += 3_600_000 - 30_000
    expect(await run("r5", readToken)).toEqual({ token })
    clock += 30_000
    expect(await run("r5", readToken)).toMatchObject({ code: "PROVIDER_FAILED" })
    server.answerTokens = null
    expect(await run("r5", readToken)).toMatchObject({ token: expect.any(String) })
  })
})

describe("a refresh whose end cannot be written down", () => {
  /** A store that fails so often at the end of a refresh, as the calls come. */
  function failing(times: number): Storage {
    const { connections } = storage
    let left = times
    const endRefresh: typeof connections.endRefresh = (...given) =>
      left-- > 0 ? Promise.reject(new Error("The disk is full.")) : connections.endRefresh(...given)
    return { ...storage, connections: { ...connections, endRefresh } }
  }

  it("keeps the rotated refresh token until the store takes it", async () => {
    await connect("w1")
    await beside({ storage: failing(2) }, async (service) => {
      clock += 3_600_000
      expect(await run("w1", readToken, service)).toMatchObject({ token: expect.any(String) })
    })
    clock += 3_600_000
    expect(await run("w1", readToken)).toMatchObject({ token: expect.any(String) })
  })

  it("has the next call write it where the store fails for longer, and asks the provider no second time", async () => {
    await connect("w2")
    await beside({ storage: failing(5) }, async (service) => {
      clock += 3_600_000
      const before = server.grants.refresh_token ?? 0
      expect(await run("w2", readToken, service)).toMatchObject({ code: "FAILED" })
      expect(await run("w2", readToken, service)).toMatchObject({ token: expect.any(String) })
      expect((server.grants.refresh_token ?? 0) - before).toBe(1)
    })
  })

  it("gives the new tokens back where the account was disconnected meanwhile, however the store is", async () => {
    for (const [organisation, times] of [
      ["w3", 0],
      ["w4", 5],
    ] as const) {
      await connect(organisation)
      const failed = failing(times)
      const { connections } = failed
      let isFirst = true
      const endRefresh: typeof connections.endRefresh = async (...given) => {
        // As another process does it that could not reach the provider.
        if (times === 0 && isFirst) await storage.connections.remove(organisation, "acme")
        isFirst = false
        return connections.endRefresh(...given)
      }
      await beside({ storage: { ...failed, connections: { ...connections, endRefresh } } }, async (service) => {
        clock += 3_600_000
        await run(organisation, readToken, service)
        const [fresh = ""] = [...server.tokens].slice(-2)
        expect(await server.resource(fresh)).toBe(times === 0 ? 401 : 200)
        if (times > 0) await service.organisation(organisation).connections.remove("acme")
        expect(await server.resource(fresh)).toBe(401)
      })
    }
  })
})

describe("an access token of few seconds", () => {
  /** How often a call has the provider asked, and what it is given, where tokens last so long. */
  async function askFor(organisation: string, expires_in: number) {
    server.answerTokens = null
    await connect(organisation)
    clock += 3_600_000
    let asked = 0
    server.answerTokens = () => {
      asked++
      const body = { access_token: `new-${asked}`, refresh_token: `next-${asked}`, token_type: "Bearer", expires_in }
      return { status: 200, body }
    }
    const given = await run(organisation, readToken)
    return { asked, given }
  }

  it("is asked for once, and given out until it ends", async () => {
    expect(await askFor("s1", 30)).toEqual({ asked: 1, given: { token: "new-1" } })
    expect(await run("s1", readToken)).toEqual({ token: "new-1" })
    clock += 10_000
    expect(await run("s1", readToken)).toEqual({ token: "new-2" })
  })

  it("is not asked for without end where it is over as soon as it is given", async () => {
    expect(await askFor("s2", 0.0001)).toMatchObject({ asked: 3, given: { code: "PROVIDER_FAILED" } })
  })

  it("never ends where the provider says that it lasts 0 seconds, or longer than a date can tell", async () => {
    expect(await askFor("s3", 0)).toEqual({ asked: 1, given: { token: "new-1" } })
    expect(await askFor("s4", 1e300)).toEqual({ asked: 1, given: { token: "new-1" } })
  })
})

describe("oauth.connection().http", () => {
  const fetchMe = 'const { status } = await oauth.connection("acme").http.get(event.url); return { status }'

  it("sends the access token", async () => {
    await connect("h1")
    expect(await run("h1", fetchMe)).toEqual({ status: 200 })
  })

  it("sends a request again with a new token where the site refuses the old one", async () => {
    await connect("h2")
    const { token } = (await run("h2", readToken)) as { readonly token: string }
    await server.endToken(token)
    expect(await server.resource(token)).toBe(401)
    expect(await run("h2", fetchMe)).toEqual({ status: 401 })
    clock += 10_000
    expect(await run("h2", fetchMe)).toEqual({ status: 200 })
  })
})

describe("what is kept", () => {
  it("is encrypted for its organisation and provider with the host's key, which can be changed", async () => {
    await connect("k1")
    const { token } = (await run("k1", readToken)) as { readonly token: string }
    const record = await storage.connections.find("k1", "acme")
    if (!record) throw new Error("There is no account.")
    expect(JSON.stringify(record)).not.toContain(token)
    const shared: Storage = { ...storage, open: async () => {}, close: async () => {} }
    const next = randomBytes(32)
    const changed = await start({ storage: shared, key: [next, key] })
    expect(await run("k1", readToken, changed)).toEqual({ token })
    await changed.close({ graceMs: 0 })
    const lost = await start({ storage: shared, key: next })
    expect(await run("k1", readToken, lost)).toMatchObject({ code: "FAILED" })
    await lost.close({ graceMs: 0 })
    // A row that was copied to another organisation does not open there.
    await storage.connections.save({ ...record, organisation: "k2" })
    expect(await run("k2", readToken)).toMatchObject({ code: "FAILED" })
  })

  it("is forgotten, and given back to the provider, when the account is disconnected", async () => {
    await connect("k3")
    const { token } = (await run("k3", readToken)) as { readonly token: string }
    const { connections } = functions.organisation("k3")
    await connections.remove("acme")
    expect(await server.resource(token)).toBe(401)
    expect(await run("k3", readToken)).toMatchObject({ code: "NOT_CONNECTED" })
    expect(changes.at(-1)).toMatchObject({ organisation: "k3", status: "disconnected", actor: "host" })
    expect(await rejectionOf(connections.remove("acme"))).toMatchObject({ code: "FN_001" })
  })

  it("can be removed though the host has its provider no more", async () => {
    await connect("k5")
    await beside({ providers: { other: server.provider } }, async (service) => {
      const { connections } = service.organisation("k5")
      expect((await connections.list()).map(({ provider, status }) => [provider, status])).toEqual([
        ["acme", "connected"],
        ["other", "disconnected"],
      ])
      expect(await connections.get("acme")).toMatchObject({ status: "connected" })
      await connections.remove("acme")
      expect((await connections.list()).map(({ provider }) => provider)).toEqual(["other"])
      for (const again of [connections.get("acme"), connections.remove("acme")])
        expect(await rejectionOf(again)).toMatchObject({
          code: "FN_001",
          message: expect.stringContaining('find provider "acme"'),
        })
    })
  })

  it("shows in no error and no fact, whatever the provider answers", async () => {
    const bodies: readonly object[] = [
      { error: "invalid_request", error_description: "leaked-token", access_token: "leaked-token" },
      { access_token: "leaked-token", token_type: "odd" },
      { access_token: "leaked-token", token_type: "bearer", refresh_token: 7 },
      { error: "leaked-token with spaces" },
    ]
    for (const body of bodies) {
      server.answerTokens = () => ({ status: "error" in body ? 400 : 200, body })
      const { finished } = await connect("k4")
      expect(finished).toMatchObject({ error: expect.any(String), connection: { status: "disconnected" } })
      expect(JSON.stringify(finished)).not.toContain("leaked-token")
    }
    expect(reported).toHaveLength(bodies.length)
    const seen = reported.flatMap((error) => [(error as Error).stack, JSON.stringify(error), (error as Error).cause])
    for (const secret of ["leaked-token", server.secret, ...server.tokens])
      expect(seen.join("\n")).not.toContain(secret)
  })
})
