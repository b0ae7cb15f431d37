import { describe, expect, it } from "vitest"
import type { Facts } from "../../src/index.ts"
import { faceFor, openFace } from "../http/support.ts"
import { type Sent, signAs } from "../triggers/signing.ts"
import { openService, rejectionOf } from "./service.ts"

let clock = 1_800_000_000_000
const secrets: Record<string, string> = { HOOK: "it is secret", NEXT: "it is newer" }
let secretsRead = 0
const failures: unknown[] = []
const service = openService({
  now: () => clock,
  secrets(name) {
    secretsRead += 1
    return secrets[name]
  },
  onError: (error) => void failures.push(error),
  // What was accepted stays as it was accepted.
  queue: { concurrency: 0 },
})

const reference = "${secrets.HOOK}"
const standardSecret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`
let sent = 0

/** A delivery that nobody has sent before. */
function newDelivery(body: unknown = { n: ++sent }): Sent {
  return { body: Buffer.from(JSON.stringify(body)), time: Math.floor(clock / 1000), id: `msg_${++sent}` }
}

/** Sends to the path of a webhook. */
function send(path: string, body: Uint8Array, headers: Record<string, string>): Promise<Response> {
  const post = openFace(service.functions, { authenticate: "open", onError: (error) => void failures.push(error) })
  return post("POST", path, { body, headers: { "content-type": "application/json", ...headers } })
}

/** Deploys a function with one webhook; gives the id of its trigger. */
async function deploy(name: string, trigger: Record<string, unknown>): Promise<string> {
  const config = { triggers: [{ type: "webhook", path: `/hooks/${name}`, ...trigger }] } as never
  await service.functions.deploy({ name, source: "export default (event) => event", config })
  const { items } = await service.functions.triggers.list({ function: name })
  return items[0]?.id ?? ""
}

async function firingsOf(id: string) {
  return (await service.functions.triggers.firings(id)).items
}

describe("a webhook", () => {
  it("calls its function with what was sent, and says which firing that is", async () => {
    const id = await deploy("github", { provider: "github", secret: reference })
    const delivery = newDelivery({ action: "opened", text: "naïve 😀" })
    const told = { "x-github-event": "issues", "x-github-delivery": "72d3162e", cookie: "session=1" }
    const response = await send("/hooks/github", delivery.body, { ...signAs.github(delivery, secrets.HOOK), ...told })
    expect(response.status).toBe(202)
    const [firing] = await firingsOf(id)
    expect(await response.json()).toEqual({ id: firing?.id, outcome: "queued" })
    expect(firing).toMatchObject({ cause: "webhook", outcome: "queued" })
    expect(firing?.event).toEqual({
      type: "webhook",
      provider: "github",
      id: "72d3162e",
      headers: { "content-type": "application/json", "x-github-event": "issues", "x-github-delivery": "72d3162e" },
      body: { action: "opened", text: "naïve 😀" },
      rawBody: delivery.body.toString(),
      rawBodyEncoding: "utf8",
      params: {},
      receivedAt: new Date(clock).toISOString(),
    })
    expect(await service.functions.invocations.get(firing?.jobId ?? "")).toMatchObject({
      name: "github",
      status: "queued",
    })
  })

  it("runs a pipeline as well", async () => {
    await service.functions.deploy({ name: "step", source: "export default (event) => event" })
    await service.functions.pipelines.define({
      name: "orders",
      steps: [{ kind: "function", name: "first", function: "step" }],
      triggers: [{ type: "webhook", path: "/hooks/orders/:shop", secret: standardSecret }],
    })
    const delivery = newDelivery()
    const response = await send("/hooks/orders/berlin", delivery.body, signAs.standard(delivery, standardSecret))
    expect(response.status).toBe(202)
    const { items } = await service.functions.triggers.list({ pipeline: "orders" })
    const [firing] = await firingsOf(items[0]?.id ?? "")
    expect(firing?.event).toMatchObject({ id: delivery.id, params: { shop: "berlin" } })
    expect((await service.functions.pipelines.getRun(firing?.jobId ?? "")).status).toBe("queued")
    await service.functions.pipelines.remove("orders")
    expect((await send("/hooks/orders/berlin", delivery.body, {})).status).toBe(404)
  })

  it("tells the places of one path apart, whose senders may use the same ids", async () => {
    const id = await deploy("places", { path: "/hooks/places/:shop/*", provider: "none" })
    const post = async (path: string) => {
      const response = await send(`/hooks/places/${path}`, Buffer.from("{}"), { "webhook-id": "1" })
      return ((await response.json()) as { readonly id: string }).id
    }
    const firings = [await post("berlin/a"), await post("paris/a"), await post("berlin/b"), await post("paris/a")]
    expect(new Set(firings).size).toBe(3)
    expect(firings[3]).toBe(firings[1])
    const params = (await firingsOf(id)).map(({ event }) => (event as { readonly params: unknown }).params)
    expect(params.reverse()).toEqual([
      { shop: "berlin", "*": "a" },
      { shop: "paris", "*": "a" },
      { shop: "berlin", "*": "b" },
    ])
  })

  it.each(["stripe", "github", "slack", "standard"] as const)(
    "of %s reads no secret for what is refused without one",
    async (provider) => {
      await deploy(`spared-${provider}`, { provider, secret: reference })
      const post = async (headers: Record<string, string>) =>
        (await send(`/hooks/spared-${provider}`, Buffer.from("{}"), headers)).status
      const old = { body: Buffer.from("{}"), time: Math.floor(clock / 1000) - 3600, id: "msg_old" }
      const secret = provider === "standard" ? standardSecret : (secrets.HOOK ?? "")
      const before = secretsRead
      const statuses = [await post({}), await post({ "x-hub-signature-256": "sha1=0", "stripe-signature": "v1" })]
      // What GitHub sends has no time.
      if (provider !== "github") statuses.push(await post(signAs[provider](old, secret)))
      expect(new Set(statuses)).toEqual(new Set([401]))
      expect(secretsRead).toBe(before)
    },
  )

  it("takes forms, and bytes that are no text", async () => {
    const id = await deploy("forms", { provider: "none" })
    const form = { "content-type": "application/x-www-form-urlencoded" }
    await send("/hooks/forms", Buffer.from("a=1&b=2&b=3"), form)
    await send("/hooks/forms", Buffer.from(`payload=${encodeURIComponent('{"type":"block_actions"}')}`), form)
    await send("/hooks/forms", Buffer.from([0xff, 0]), { "content-type": "application/octet-stream" })
    await send("/hooks/forms", Buffer.from("not json"), {})
    const events = (await firingsOf(id)).map(({ event }) => event as { body: unknown; rawBody: string })
    expect(events.map(({ body, rawBody }) => [body, rawBody]).reverse()).toEqual([
      [{ a: "1", b: ["2", "3"] }, "a=1&b=2&b=3"],
      [{ type: "block_actions" }, "payload=%7B%22type%22%3A%22block_actions%22%7D"],
      [null, "/wA="],
      ["not json", "not json"],
    ])
  })

  it("is found by POST alone, and refuses a body that is too large before it looks at it", async () => {
    await deploy("large", { provider: "github", secret: reference })
    expect((await openFace(service.functions)("GET", "/hooks/large")).status).toBe(404)
    const send = openFace(service.functions, { authenticate: "open", maxBodyBytes: 10 })
    expect((await send("POST", "/hooks/large", { body: "more than ten" })).status).toBe(413)
  })

  it("that is paused takes a delivery without doing anything, and forgets the path once it is removed", async () => {
    const id = await deploy("paused", { provider: "github", secret: reference })
    await service.functions.triggers.pause(id)
    const delivery = newDelivery()
    const headers = signAs.github(delivery, secrets.HOOK)
    const response = await send("/hooks/paused", delivery.body, headers)
    expect([response.status, await response.json()]).toEqual([202, { id: expect.any(String), outcome: "skipped" }])
    expect((await firingsOf(id))[0]).toMatchObject({ outcome: "skipped", jobId: null })
    await service.functions.remove("paused")
    expect((await send("/hooks/paused", delivery.body, headers)).status).toBe(404)
  })
})

describe("further tries of a delivery", () => {
  it.each([
    ["standard", { secret: standardSecret }, (one: Sent) => signAs.standard(one, standardSecret)],
    ["stripe", { provider: "stripe", secret: reference }, (one: Sent) => signAs.stripe(one, secrets.HOOK ?? "")],
    ["github", { provider: "github", secret: reference }, (one: Sent) => signAs.github(one, secrets.HOOK)],
    ["slack", { provider: "slack", secret: reference }, (one: Sent) => signAs.slack(one, secrets.HOOK)],
  ] as const)("of %s are answered as the first, and nothing runs twice", async (name, trigger, sign) => {
    const id = await deploy(`again-${name}`, trigger)
    const body = { id: `evt_${++sent}`, type: "event_callback", event_id: `Ev${sent}` }
    const first = newDelivery(body)
    const answers = []
    for (const seconds of [0, 60, 120]) {
      clock += seconds * 1000
      const next = name === "github" ? first : { ...first, time: Math.floor(clock / 1000) }
      // GitHub does not sign the name of the delivery: another one makes no other delivery.
      const headers = { ...sign(next), "x-github-delivery": `try-${seconds}` }
      const response = await send(`/hooks/again-${name}`, first.body, headers)
      answers.push([response.status, await response.json()])
    }
    expect(answers[0]?.[0]).toBe(202)
    expect(answers).toEqual([answers[0], answers[0], answers[0]])
    expect(await firingsOf(id)).toHaveLength(1)
    const other = newDelivery()
    expect((await send(`/hooks/again-${name}`, other.body, sign(other))).status).toBe(202)
    expect(await firingsOf(id)).toHaveLength(2)
  })

  it.each([
    ["stripe", { id: "evt_captured" }, ",v0="],
    ["stripe", { object: "without an id" }, ",v0="],
    ["slack", { type: "event_callback", event_id: "EvCaptured" }, ""],
    ["slack", { type: "block_actions" }, ""],
  ] as const)("of %s with %j fire once, whatever is changed of what is not signed", async (provider, body, extra) => {
    const name = `captured-${provider}-${++sent}`
    const id = await deploy(name, { provider, secret: reference })
    const signed: Record<string, string> = signAs[provider](newDelivery(body), secrets.HOOK ?? "")
    for (const [index, type] of ["application/json", "text/plain", "application/x-www-form-urlencoded"].entries()) {
      const headers: Record<string, string> = { ...signed, "content-type": type }
      if (provider === "stripe") headers["stripe-signature"] += extra + index
      expect((await send(`/hooks/${name}`, Buffer.from(JSON.stringify(body)), headers)).status).toBe(202)
    }
    expect(await firingsOf(id)).toHaveLength(1)
  })

  it("that come at the same moment fire once", async () => {
    const id = await deploy("race", { provider: "github", secret: reference })
    const delivery = newDelivery()
    const headers = signAs.github(delivery, secrets.HOOK)
    const answers = await Promise.all(Array.from({ length: 20 }, () => send("/hooks/race", delivery.body, headers)))
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1)
    expect(await firingsOf(id)).toHaveLength(1)
  })
})

describe("Slack", () => {
  it("gets its challenge back once the signature holds, and nothing runs", async () => {
    const id = await deploy("slack", { provider: "slack", secret: reference })
    const delivery = newDelivery({ type: "url_verification", challenge: "3eZbrw1a" })
    const response = await send("/hooks/slack", delivery.body, signAs.slack(delivery, secrets.HOOK))
    expect([response.status, await response.json()]).toEqual([200, { challenge: "3eZbrw1a" }])
    expect((await send("/hooks/slack", delivery.body, signAs.slack(delivery, "guessed"))).status).toBe(401)
    expect(await firingsOf(id)).toEqual([])
  })
})

describe("a delivery that its sender did not sign", () => {
  it("is refused with 401, and leaves nothing but a count and a fact", async () => {
    const id = await deploy("refusing", { provider: "stripe", secret: reference, tolerance: 10 })
    const facts: Facts["webhook.refused"][] = []
    const stop = service.functions.on("webhook.refused", (fact) => void facts.push(fact))
    const delivery = newDelivery()
    const good = signAs.stripe(delivery, secrets.HOOK ?? "")
    const stale = signAs.stripe({ ...delivery, time: delivery.time - 11 }, secrets.HOOK ?? "")
    for (const headers of [{}, { "stripe-signature": "t=x,v1=y" }, stale, signAs.stripe(delivery, "guessed")]) {
      const response = await send("/hooks/refusing", delivery.body, headers)
      expect(response.status).toBe(401)
      expect(await response.text()).not.toContain(secrets.HOOK)
    }
    stop()
    expect(facts.map(({ triggerId, reason }) => [triggerId, reason])).toEqual(
      ["missing", "malformed", "stale", "mismatch"].map((reason) => [id, reason]),
    )
    expect(facts[0]).toMatchObject({
      organisation: "default",
      trigger: "webhook",
      target: { name: "refusing" },
      at: clock,
    })
    expect(await firingsOf(id)).toEqual([])
    expect(await service.functions.triggers.get(id)).toMatchObject({ refused: 4, lastFiredAt: null })
    expect(await (await openFace(service.functions)("GET", `/triggers/${id}`)).json()).toMatchObject({ refused: 4 })
    expect((await send("/hooks/refusing", delivery.body, good)).status).toBe(202)
  })

  it("is accepted of either secret while they are rotated", async () => {
    await deploy("rotating", { provider: "slack", secret: [reference, "${secrets.NEXT}"] })
    for (const [secret, status] of [
      [secrets.HOOK, 202],
      [secrets.NEXT, 202],
      ["other", 401],
    ] as const) {
      const delivery = newDelivery()
      expect((await send("/hooks/rotating", delivery.body, signAs.slack(delivery, secret))).status).toBe(status)
    }
  })

  it("is answered with 500 where the host's own secret is missing or cannot be one, which only the host hears of", async () => {
    const delivery = newDelivery()
    for (const [name, secret] of [
      ["lost", "${secrets.LOST}"],
      ["wrong", reference],
    ] as const) {
      await deploy(name, { secret })
      const response = await send(`/hooks/${name}`, delivery.body, signAs.standard(delivery, standardSecret))
      expect([response.status, await response.text()]).toEqual([500, expect.not.stringMatching(/LOST|secret/)])
    }
    const messages = failures.map((error) => (error as Error).message)
    expect(messages[0]).toMatch(/there is no secret "LOST"/)
    expect(messages[1]).toMatch(/^Cannot use a secret of trigger "webhook" of "wrong": it must be Base64/)
    expect(messages.join()).not.toContain(secrets.HOOK)
  })
})

describe("the definition of a webhook", () => {
  const define = (trigger: Record<string, unknown>) => {
    const config = { triggers: [{ type: "webhook", path: "/hooks/defined", ...trigger }] } as never
    return rejectionOf(service.functions.deploy({ name: "defined", source: "export default () => 1", config }))
  }

  it.each([
    [{}, "triggers.0.secret"],
    [{ provider: "none", secret: "x" }, "triggers.0.secret"],
    [{ secret: "not base64!" }, "triggers.0.secret"],
    [{ provider: "github", secret: [] }, "triggers.0.secret"],
    [{ provider: "gitlab", secret: "x" }, "triggers.0.provider"],
    [{ provider: "github", secret: "x", tolerance: 0 }, "triggers.0.tolerance"],
    [{ provider: "none", path: "hooks" }, "triggers.0.path"],
  ])("is refused where it is %j", async (trigger, path) => {
    expect(await define(trigger)).toMatchObject({ code: "FN_006", issues: [{ path }] })
  })

  it("is refused where something else answers its path", async () => {
    const { functions } = service
    await deploy("taken", { provider: "none" })
    expect(await define({ provider: "none", path: "/hooks/taken" })).toMatchObject({
      code: "FN_006",
      message: 'Cannot route POST /hooks/taken to function "defined": function "taken" answers it.',
    })
    const http = { triggers: [{ type: "http", path: "/hooks/taken", method: ["GET", "POST"] }] } as never
    const routed = { name: "routed", source: "export default () => 1", config: http }
    expect(await rejectionOf(functions.deploy(routed))).toMatchObject({ code: "FN_006" })
    const pipeline = {
      name: "piped",
      steps: [{ kind: "function", name: "first", function: "taken" }],
      triggers: [{ type: "webhook", path: "/hooks/taken", provider: "none" }],
    } as const
    expect(await rejectionOf(functions.pipelines.define(pipeline))).toMatchObject({ code: "FN_006" })
    // What it has itself it may keep.
    await deploy("taken", { provider: "none", tolerance: 5 })
  })

  it("shows its secrets to those who may deploy, and references to the others", async () => {
    await deploy("shown", { secret: [standardSecret, "${secrets.HOOK}"] })
    const view = async (scopes: readonly ("read" | "write")[]) => {
      const response = await faceFor(service.functions, scopes)("GET", "/functions/shown")
      return ((await response.json()) as { triggers: [{ secret: unknown }] }).triggers[0].secret
    }
    expect(await view(["read", "write"])).toEqual([standardSecret, "${secrets.HOOK}"])
    expect(await view(["read"])).toEqual(["(hidden)", "${secrets.HOOK}"])
    const list = await (await faceFor(service.functions, ["read"])("GET", "/functions")).text()
    const triggers = await (await faceFor(service.functions, ["read"])("GET", "/triggers")).text()
    expect(list + triggers).not.toContain(standardSecret)
  })
})
