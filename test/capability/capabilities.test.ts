import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { exportJWK, generateKeyPair, SignJWT } from "jose"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import {
  authCapability,
  CapabilityError,
  defineCapabilityMethod,
  type EmailToSend,
  emailCapability,
  type QueueMessage,
  queueCapability,
} from "../../adapters/capability/capabilities.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { Facts } from "../../src/index.ts"
import { openService, rejectionOf } from "../service/service.ts"

const secret = "a secret of at least thirty-two bytes"
const sentMail: EmailToSend[] = []
const sentMessages: (QueueMessage & { readonly organisation: string })[] = []
const background: unknown[] = []
let clock = 1_700_000_000_000

const storage = sqlite(":memory:")
const service = openService({
  storage,
  now: () => clock,
  onError: (error) => void background.push(error),
  capabilities: {
    auth: authCapability({ secret, issuer: "https://login.example.com", audience: "shop" }, () => clock),
    email: emailCapability({
      async send(message) {
        sentMail.push(message)
        return "mail-1"
      },
      from: "shop@example.com",
      templates: {
        welcome: { subject: "Hello {{name}}", html: "<p>{{user.name}} & {{name}}</p>", text: "Hi {{name}}" },
      },
    }),
    queue: queueCapability({
      async send(message, { organisation }) {
        sentMessages.push({ ...message, organisation })
        return null
      },
    }),
    crm: {
      methods: {
        find: defineCapabilityMethod({
          input: z.object({ id: z.string() }),
          output: z.object({ name: z.string() }),
          handle({ id }, { organisation, functionName }) {
            if (id === "missing") throw new CapabilityError("NOT_FOUND", "There is no such customer.")
            if (id === "crash") throw new Error("password=hunter2")
            return { name: `${id} of ${organisation} for ${functionName}`, internal: 1 }
          },
        }),
        never: defineCapabilityMethod({ input: z.object({}), handle: () => new Promise(() => {}) }),
        reverse: defineCapabilityMethod({
          input: z.object({}),
          handle: (_, { bytes }) => new Uint8Array(bytes ?? []).reverse(),
        }),
      },
    },
  },
})

let deployed = 0

/** Runs a handler's body in the sandbox, with everything of the SDK in reach. */
async function run(body: string, input: unknown = null, organisation = "default"): Promise<unknown> {
  const functions = service.functions.organisation(organisation)
  const name = `probe_${++deployed}`
  await functions.deploy({
    name,
    config: { cpu: 20 },
    source: `import { auth, capabilities, db, email, http, kv, queue, sendEmail, storage } from "inlay/sdk"
      export default async (event) => { ${body} }`,
  })
  return functions.invoke(name, input)
}

/** What a body's rejection looks like inside the sandbox. */
function failureIn(body: string, organisation?: string): Promise<unknown> {
  const code = `try { ${body}; return "did not fail" } catch (error) {
    return { isError: error instanceof Error, name: error.name, message: error.message, code: error.code }
  }`
  return run(code, null, organisation)
}

describe("kv", () => {
  it("keeps JSON values until they are deleted", async () => {
    const result = await run(`
      await kv.set("a:1", { list: [1, null], text: "é\\u0000\\ud800" })
      await kv.set("a:2", 2)
      await kv.set("b", true)
      const page = await kv.list("a:", { limit: 1 })
      const rest = await kv.list("a:", { cursor: page.next })
      return [await kv.get("a:1"), await kv.get("none"), page, rest, await kv.delete("b"), await kv.delete("b")]`)
    const value = { list: [1, null], text: "é\u0000\ud800" }
    expect(result).toEqual([
      value,
      null,
      { items: [{ key: "a:1", value }], next: "a:1" },
      { items: [{ key: "a:2", value: 2 }], next: null },
      true,
      false,
    ])
  })

  it("forgets what has a time to live, and counts one window of it", async () => {
    expect(
      await run(`
        await kv.set("short", 1, { ttl: 0.5 })
        return [await kv.increment("window", 1, { ttl: 60 }), await kv.increment("window", 2, { ttl: 60 }), await kv.get("short")]`),
    ).toEqual([1, 3, 1])
    clock += 59_000
    expect(await run(`return [await kv.increment("window", 1, { ttl: 60 }), await kv.get("short")]`)).toEqual([4, null])
    clock += 1000
    expect(await run(`return kv.increment("window", 1, { ttl: 60 })`)).toBe(1)
  })

  it("exchanges what equals the expected value, in whatever order its keys were written", async () => {
    const code = `await kv.set("o", { b: 1, a: [{ d: 1, c: 2 }] })
      return [await kv.compareAndSet("o", { b: 1, a: [] }, 1), await kv.compareAndSet("o", { a: [{ c: 2, d: 1 }], b: 1 }, 2)]`
    expect(await run(code)).toEqual([false, true])
  })

  it("counts every one of fifty increments that come at once, and lets one of ten writers win", async () => {
    expect(
      await run(`
        const sums = await Promise.all(Array.from({ length: 50 }, () => kv.increment("many")))
        const won = await Promise.all(Array.from({ length: 10 }, (_, i) => kv.compareAndSet("leader", null, { i })))
        return [Math.max(...sums), new Set(sums).size, won.filter(Boolean).length,
          await kv.compareAndSet("many", 50, 7), await kv.compareAndSet("many", 50, 8), await kv.get("many")]`),
    ).toEqual([50, 50, 1, true, false, 7])
  })

  it("refuses to count on what is no number", async () => {
    expect(await failureIn(`await kv.set("text", "a"); await kv.increment("text")`)).toEqual({
      isError: true,
      name: "CapabilityError",
      message: 'Cannot increment "text": its value is no whole number, or the sum is beyond 2^53.',
      code: "NOT_A_NUMBER",
    })
  })
})

describe("db", () => {
  it("runs the documented query as it is written", async () => {
    const result = await run(`
      for (const [name, active, age] of [["Ada", true, 36], ["Bob", false, 20], ["Cyd", true, 20]]) {
        await db.collection("users").create({ name, active, age })
      }
      const users = await db.collection("users").where("active", "==", true).get()
      return users.map(({ name }) => name)`)
    expect(result).toEqual(["Ada", "Cyd"])
  })

  it("orders, limits and compares with every operator", async () => {
    const result = await run(`
      const things = db.collection("things")
      await Promise.all([
        things.create({ id: "a", n: 1, tags: ["x"], at: { city: "Bern" } }),
        things.create({ id: "b", n: 3, tags: ["x", "y"] }),
        things.create({ id: "c", n: 2, tags: [] }),
        things.create({ id: "d", n: "2" }),
      ])
      const ids = async (query) => (await query.get()).map(({ id }) => id).join("")
      return {
        "!=": await ids(things.where("n", "!=", 2)),
        "<": await ids(things.where("n", "<", 2)),
        "<=": await ids(things.where("n", "<=", 2)),
        ">": await ids(things.where("n", ">", 2)),
        ">=": await ids(things.where("n", ">=", 2)),
        in: await ids(things.where("n", "in", [1, "2"])),
        contains: await ids(things.where("tags", "array-contains", "y")),
        nested: await ids(things.where("at.city", "==", "Bern")),
        whole: await ids(things.where("at", "==", { city: "Bern" })),
        missing: await ids(things.where("at", "==", null)),
        both: await ids(things.where("n", ">", 1).where("tags", "array-contains", "x")),
        ordered: await ids(things.orderBy("n")),
        descending: await ids(things.orderBy("n", "desc").limit(2)),
        byId: await ids(things.limit(3)),
        count: await things.where("n", "<", 3).count(),
        first: (await things.orderBy("n").first()).id,
      }`)
    expect(result).toEqual({
      "!=": "abd",
      "<": "a",
      "<=": "ac",
      ">": "b",
      ">=": "bc",
      in: "ad",
      contains: "b",
      nested: "a",
      whole: "a",
      missing: "bcd",
      both: "b",
      ordered: "acbd",
      descending: "db",
      byId: "abc",
      count: 2,
      first: "a",
    })
  })

  it("creates, updates and deletes documents, and says which do not exist", async () => {
    const result = await run(`
      const orders = db.collection("orders")
      const { id } = await orders.create({ total: 1, open: true })
      const updated = await orders.update(id, { total: 2 })
      await Promise.all(Array.from({ length: 10 }, (_, i) => orders.update(id, { ["field" + i]: i })))
      const all = await orders.doc(id).get()
      const put = await orders.doc("mine").set({ total: 9, id: "other" })
      return [updated.total, updated.open, Object.keys(all).length, put,
        await orders.delete(id), await orders.delete(id), await orders.doc(id).get()]`)
    expect(result).toEqual([2, true, 13, { total: 9, id: "mine" }, true, false, null])
    expect(await failureIn(`await db.collection("orders").update("none", {})`)).toMatchObject({ code: "NOT_FOUND" })
    expect(await failureIn(`await db.collection("orders").create({ id: "mine" })`)).toMatchObject({ code: "CONFLICT" })
  })

  it("gives the first of many large documents, and refuses what is too large together", async () => {
    const { documents } = storage
    const text = "x".repeat(900_000)
    for (let n = 0; n < 30; n++) {
      const json = JSON.stringify({ n: (n * 7) % 30, text })
      await documents.insert({
        organisation: "default",
        collection: "large",
        id: `${n}`,
        json,
        createdAt: 1,
        updatedAt: 1,
      })
    }
    const query = 'db.collection("large").orderBy("n", "desc")'
    expect(await run(`return (await ${query}.limit(2).get()).map((one) => one.n)`)).toEqual([29, 28])
    expect(await run(`return ${query}.count()`)).toBe(30)
    for (const whole of [query, 'db.collection("large")', `${query}.limit(12)`]) {
      expect(await failureIn(`await ${whole}.get()`)).toMatchObject({ code: "TOO_LARGE" })
    }
  })

  it("sets a new document from ten calls that come at once", async () => {
    const code = `const at = db.collection("raced").doc("one")
      await Promise.all(Array.from({ length: 10 }, (_, n) => at.set({ n })))
      return db.collection("raced").get()`
    expect(await run(code)).toEqual([{ id: "one", n: expect.any(Number) }])
  })

  it("answers queries of one organisation that come at once, more of them than run at once", async () => {
    const counted = `const all = Array.from({ length: 20 }, () => db.collection("crowd").count())
      await db.collection("crowd").create({})
      return Promise.all(all).then((counts) => counts.every((count) => count <= 1) && db.collection("crowd").count())`
    expect(await run(counted)).toBe(1)
  })

  it("reads collections that are longer than one page", async () => {
    const result = await run(`
      const many = db.collection("many")
      for (let i = 0; i < 1200; i += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, j) => many.create({ i: i + j })))
      }
      return [(await many.where("i", ">=", 600).get()).length, (await many.orderBy("i", "desc").limit(1).get())[0].i]`)
    expect(result).toEqual([600, 1199])
  })
})

describe("storage", () => {
  it("gives back the bytes that were uploaded", async () => {
    const result = await run(`
      const file = storage.bucket("uploads").file("a.jpg")
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
      const info = await file.upload(bytes.subarray(1), { type: "image/jpeg" })
      await storage.bucket("uploads").file("b/empty").upload("")
      const back = await file.download()
      return [info.size, info.type, back instanceof Uint8Array, back.length, back[254], await file.exists(),
        (await storage.bucket("uploads").file("b/empty").download()).length,
        (await storage.bucket("uploads").list("b/")).items.map(({ path }) => path),
        await file.delete(), await file.exists()]`)
    expect(result).toEqual([255, "image/jpeg", true, 255, 255, true, 0, ["b/empty"], true, false])
  })

  it("takes 10 MB and refuses more", async () => {
    const upload = (size: number) => `await storage.bucket("big").file("f").upload(new Uint8Array(${size}))`
    expect(
      await run(`${upload(10 * 1024 * 1024)}; return (await storage.bucket("big").file("f").download()).length`),
    ).toBe(10 * 1024 * 1024)
    expect(await failureIn(upload(10 * 1024 * 1024 + 1))).toMatchObject({ code: "TOO_LARGE" })
  })
})

describe("what waits for its answer", () => {
  it("is not held beyond 64 MB, over the stretches of a call", async () => {
    const result = await run(`
      const codes = []
      const chunk = new Uint8Array(9e6)
      for (let i = 0; i < 12; i++) {
        capabilities.crm.never({}, chunk).catch(({ code }) => codes.push(code))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      while (codes.length < 5) await new Promise((resolve) => setTimeout(resolve, 1))
      return codes`)
    expect(result).toEqual(Array(5).fill("TOO_LARGE"))
  })

  it("ends a call that sends more than 64 MB at once", async () => {
    const code = `const chunk = new Uint8Array(9e6)
      return Promise.all(Array.from({ length: 8 }, () => capabilities.crm.never({}, chunk)))`
    const result = await rejectionOf(run(code))
    expect(result).toMatchObject({ code: "FN_004", message: expect.stringContaining("64 MB were sent") })
  })
})

describe("auth", () => {
  const context = {
    organisation: "default",
    functionId: "f",
    functionName: "f",
    invocationId: "i",
    traceId: "t",
    spanId: "00f067aa0ba902b7",
    depth: 0,
    signal: new AbortController().signal,
    bytes: undefined,
  }
  const sign = (claims: Record<string, unknown>, key = secret, issuer = "https://login.example.com") =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(issuer)
      .setAudience("shop")
      .setExpirationTime(Math.floor(clock / 1000) + 60)
      .sign(new TextEncoder().encode(key))

  it("gives the claims of a token that the host's key signed", async () => {
    const token = await sign({ sub: "ada", admin: true })
    expect(await run("return auth.verifyToken(event)", token)).toMatchObject({ sub: "ada", admin: true })
  })

  it("refuses other keys, issuers, algorithms and times", async () => {
    const verify = async (token: string) => failureIn(`await auth.verifyToken(${JSON.stringify(token)})`)
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"ada"}')}.`.replaceAll("=", "")
    for (const token of [
      await sign({ sub: "ada" }, "another secret of thirty-two bytes!"),
      await sign({ sub: "ada" }, secret, "https://evil.example.com"),
      unsigned,
      "nonsense",
    ]) {
      expect(await verify(token)).toMatchObject({ code: "TOKEN_INVALID" })
    }
    const token = await sign({ sub: "ada" })
    clock += 120_000
    expect(await verify(token)).toMatchObject({ code: "TOKEN_EXPIRED" })
  })

  it("finds the key of a token that names none, among several", async () => {
    const pairs = await Promise.all(["ES256", "ES256", "ES256", "Ed25519"].map((alg) => generateKeyPair(alg)))
    const keys = await Promise.all(pairs.slice(1).map(({ publicKey }) => exportJWK(publicKey)))
    const { verifyToken } = authCapability({ jwks: { keys } }).methods
    const verify = async (index: number, alg: string) => {
      const key = pairs[index]?.privateKey
      const token = key && (await new SignJWT({ sub: `${index}` }).setProtectedHeader({ alg }).sign(key))
      return verifyToken?.handle({ token }, context)
    }
    for (const index of [1, 2]) expect(await verify(index, "ES256")).toEqual({ sub: `${index}` })
    expect(await verify(3, "Ed25519")).toEqual({ sub: "3" })
    expect(await rejectionOf(verify(0, "ES256"))).toMatchObject({ code: "TOKEN_INVALID" })
  })

  it("does not blame a token for keys that cannot be had", async () => {
    const token = await sign({ sub: "ada" })
    let answer = { status: 500, body: "" }
    const server = createServer((_, response) => response.writeHead(answer.status).end(answer.body)).listen(0)
    try {
      const jwksUrl = `http://localhost:${(server.address() as AddressInfo).port}/jwks`
      for (answer of [
        { status: 500, body: "" },
        { status: 200, body: "<html>" },
        { status: 200, body: '{"keys":1}' },
      ]) {
        const { verifyToken } = authCapability({ jwksUrl, algorithms: ["HS256"] }).methods
        const failure = await rejectionOf(Promise.resolve(verifyToken?.handle({ token }, context)))
        expect(failure).not.toBeInstanceOf(CapabilityError)
      }
      answer = { status: 200, body: '{"keys":[]}' }
      const { verifyToken } = authCapability({ jwksUrl, algorithms: ["HS256"] }).methods
      const failure = await rejectionOf(Promise.resolve(verifyToken?.handle({ token }, context)))
      expect(failure).toMatchObject({ code: "TOKEN_INVALID" })
    } finally {
      server.close()
    }
  })

  it("does not begin with a short secret or with two kinds of keys", () => {
    expect(() => authCapability({ secret: "short" })).toThrow(RangeError)
    expect(() => authCapability({})).toThrow(TypeError)
    expect(() => authCapability({ secret, jwksUrl: "https://example.com/jwks" })).toThrow(TypeError)
  })
})

describe("email and queue", () => {
  it("fills a template in, with HTML escaped and headers kept to one line", async () => {
    const data = { name: "<b>\r\nBcc: all", user: { name: '"Ada"' } }
    expect(await run("return sendEmail({ to: 'a@example.com', template: 'welcome', data: event })", data)).toEqual({
      id: "mail-1",
    })
    expect(sentMail.at(-1)).toEqual({
      to: ["a@example.com"],
      from: "shop@example.com",
      replyTo: undefined,
      subject: "Hello <b> Bcc: all",
      text: "Hi <b>\r\nBcc: all",
      html: "<p>&#34;Ada&#34; & &#60;b&#62;\r\nBcc: all</p>",
    })
  })

  it.each([
    "ada@example.com\r\nBcc: eve@example.com",
    "ada@example.com, eve@example.com",
    "ada@example.com; eve@example.com",
    "Ada <ada@example.com>, Eve <eve@example.com>",
    '"Ada" <ada@example.com> <eve@example.com>',
    "friends: ada@example.com;",
    "ada",
    "<>",
    ".".repeat(900),
    `${" ".repeat(900)}<`,
  ])("takes %j for no receiver", async (to) => {
    const count = sentMail.length
    expect(await failureIn(`await sendEmail({ to: ${JSON.stringify(to)}, subject: "s", text: "t" })`)).toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("to.0: must be one"),
    })
    expect(sentMail).toHaveLength(count)
  })

  it.each([
    "ada@example.com",
    "Ada King <ada+1@example.com>",
    '"King, Ada" <ada@example.com>',
    "Ädä <ada@exämple.com>",
  ])("takes %j for one receiver", async (to) => {
    await run(`return sendEmail({ to: event, subject: "s", text: "t" })`, to)
    expect(sentMail.at(-1)?.to).toEqual([to])
  })

  it("sends to as many receivers as the host allows", async () => {
    const send = (count: number) =>
      `await sendEmail({ to: Array(${count}).fill("ada@example.com"), subject: "s", text: "t" })`
    await run(send(50))
    expect(sentMail.at(-1)?.to).toHaveLength(50)
    expect(await failureIn(send(51))).toMatchObject({ code: "INVALID_INPUT" })
  })

  it("refuses unknown templates, other senders, and receivers of two lines", async () => {
    expect(await failureIn(`await email.send({ to: "a@b.c", template: "constructor" })`)).toMatchObject({
      code: "NOT_FOUND",
    })
    expect(await failureIn(`await email.send({ to: "a@b.c", from: "b@b.c", subject: "c", text: "d" })`)).toMatchObject({
      code: "FORBIDDEN",
    })
    expect(await failureIn(`await email.send({ to: "a\\nb", subject: "c", text: "d" })`)).toMatchObject({
      code: "INVALID_INPUT",
    })
    expect(await failureIn(`await email.send({ to: "a", subject: "c" })`)).toMatchObject({ code: "INVALID_INPUT" })
  })

  it("hands messages to the host's queue, with the organisation of the sender", async () => {
    await run(`return queue.send("mails", { to: 7 }, { delay: 3 })`, null, "acme")
    expect(sentMessages.at(-1)).toEqual({ queue: "mails", message: { to: 7 }, delay: 3, organisation: "acme" })
  })
})

describe("the host's own", () => {
  it("are called by name, with the schema's output alone", async () => {
    const name = `probe_${deployed + 1}`
    expect(await run(`return capabilities.crm.find({ id: "7" })`)).toEqual({ name: `7 of default for ${name}` })
  })

  it("take and answer bytes", async () => {
    expect(await run(`return [...await capabilities.crm.reverse({}, new Uint8Array([1, 2, 3]))]`)).toEqual([3, 2, 1])
  })

  it("fail in the guest with an error that has a code", async () => {
    expect(await failureIn(`await capabilities.crm.find({ id: "missing" })`)).toEqual({
      isError: true,
      name: "CapabilityError",
      message: "There is no such customer.",
      code: "NOT_FOUND",
    })
  })

  it("tell the guest nothing of an error of the host, and the host all of it", async () => {
    expect(JSON.stringify(await failureIn(`await capabilities.crm.find({ id: "crash" })`))).not.toContain("hunter2")
    expect(background).toContainEqual(new Error("password=hunter2"))
  })

  it("are refused where the input does not fit, or the name is unknown", async () => {
    const codeOf = async (body: string) => ((await failureIn(body)) as { code: string }).code
    expect(await codeOf(`await capabilities.crm.find({ id: 7 })`)).toBe("INVALID_INPUT")
    expect(await codeOf(`await capabilities.crm.constructor({})`)).toBe("NOT_AVAILABLE")
    expect(await codeOf(`await capabilities.toString.call({})`)).toBe("NOT_AVAILABLE")
    expect(await codeOf(`await capabilities.crm.find({ id: "x".repeat(2e6) })`)).toBe("TOO_LARGE")
    expect(await codeOf(`await capabilities.__proto__.find({})`)).toBe("NOT_AVAILABLE")
  })

  it("are not available while a module loads", async () => {
    const source = `import { kv } from "inlay/sdk"\nawait kv.get("a")\nexport default () => 1`
    const error = await rejectionOf(service.functions.deploy({ name: "early", source }))
    expect(error).toMatchObject({ code: "FN_005" })
    expect(String(error.message)).toContain("kv.get is not available while a module loads")
  })

  it("are told as facts, with a count for each invocation", async () => {
    const told: Facts["capability.called"][] = []
    const off = service.functions.on("capability.called", (fact) => void told.push(fact))
    await run(`await kv.get("a"); await kv.set("a", 1); await capabilities.crm.find({ id: "missing" }).catch(() => {})`)
    off()
    expect(told.map(({ capability, method, count, code }) => [capability, method, count, code])).toEqual([
      ["kv", "get", 1, null],
      ["kv", "set", 2, null],
      ["crm", "find", 1, "NOT_FOUND"],
    ])
    expect(new Set(told.map(({ invocationId }) => invocationId)).size).toBe(1)
  })
})

describe("organisations", () => {
  it("never see what another one keeps", async () => {
    const plant = `
      await kv.set("secret", "acme-secret"); await kv.increment("hits", 5)
      await db.collection("users").doc("1").set({ secret: "acme-secret" })
      await storage.bucket("uploads").file("s.txt").upload("acme-secret")`
    await run(plant, null, "acme-a")
    const look = `
      const users = db.collection("users")
      return [await kv.get("secret"), (await kv.list()).items, await kv.delete("secret"), await kv.increment("hits"),
        await kv.compareAndSet("secret", "acme-secret", 1), await users.get(), await users.count(), await users.doc("1").get(),
        await users.delete("1"), await users.update("1", {}).catch((error) => error.code),
        await storage.bucket("uploads").file("s.txt").download().catch((error) => error.code),
        (await storage.bucket("uploads").list()).items, await storage.bucket("uploads").file("s.txt").delete()]`
    const nothing = [null, [], false, 1, false, [], 0, null, false, "NOT_FOUND", "NOT_FOUND", [], false]
    expect(await run(look, null, "acme-b")).toEqual(nothing)
    const still = `return [await kv.get("secret"), await kv.get("hits"), (await db.collection("users").get()).length,
      new TextDecoder().decode(await storage.bucket("uploads").file("s.txt").download())]`
    expect(await run(still, null, "acme-a")).toEqual(["acme-secret", 5, 1, "acme-secret"])
  })
})

describe("a host that gives nothing more", () => {
  const bare = openService()

  it("says so where a function asks for e-mail or tokens", async () => {
    await bare.functions.deploy({
      name: "asks",
      source: `import { auth, sendEmail } from "inlay/sdk"
        export default async () => Promise.all([() => sendEmail({ to: "a" }), () => auth.verifyToken("t")]
          .map((ask) => ask().catch(({ code, message }) => code + " " + message)))`,
    })
    for (const answer of await bare.functions.invoke<string[]>("asks")) {
      expect(answer).toMatch(
        /^NOT_AVAILABLE Cannot call \w+\.\w+: this host gives no capability "\w+" \(it gives kv, db, storage, queue\)/,
      )
    }
  })
})
