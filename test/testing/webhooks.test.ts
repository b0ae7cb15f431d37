import { createHmac } from "node:crypto"
import { expect, test } from "vitest"
import { testKits } from "./kit.ts"

const openKit = testKits()
const secret = `whsec_${Buffer.from("the key of a test").toString("base64")}`

/** A function that checks signatures itself, and tells what it got. */
async function openReceiver() {
  const kit = await openKit({ startAt: "2026-01-01T00:00:00Z" })
  await kit.mock("receive", ({ headers, body }: { headers: Record<string, string>; body: string }) => {
    return Response.json({ headers, body })
  })
  await kit.functions.update("receive", { triggers: [{ type: "http", path: "/hook" }] })
  return kit
}

async function sent(response: Response): Promise<{ readonly headers: Record<string, string>; readonly body: string }> {
  expect(response.status).toBe(200)
  return (await response.json()) as { headers: Record<string, string>; body: string }
}

function hmac(key: string | Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}

test("A delivery is signed as its sender would, at the kit's time", async () => {
  const kit = await openReceiver()
  const seconds = Date.UTC(2026, 0, 1) / 1000
  const body = { order: 17 }
  const standard = await sent(await kit.webhook("/hook", { body, secret, id: "one" }))
  expect(standard.headers).toMatchObject({
    "content-type": "application/json",
    "webhook-id": "one",
    "webhook-timestamp": String(seconds),
    "webhook-signature": `v1,${hmac(Buffer.from(secret.slice(6), "base64"), `one.${seconds}.{"order":17}`).toString("base64")}`,
  })
  const github = await sent(
    await kit.webhook("/hook", { body, provider: "github", secret: "key", headers: { "x-github-event": "push" } }),
  )
  expect(github.headers).toMatchObject({
    "x-github-event": "push",
    "x-github-delivery": "delivery-1",
    "x-hub-signature-256": `sha256=${hmac("key", '{"order":17}').toString("hex")}`,
  })
  const stripe = await sent(await kit.webhook("/hook", { body, provider: "stripe", secret: "key" }))
  expect(stripe.headers["stripe-signature"]).toBe(
    `t=${seconds},v1=${hmac("key", `${seconds}.{"order":17}`).toString("hex")}`,
  )
  const slack = await sent(await kit.webhook("/hook", { body: "text=hi", provider: "slack", secret: "key" }))
  expect(slack.body).toBe("text=hi")
  expect(slack.headers).toMatchObject({
    "x-slack-request-timestamp": String(seconds),
    "x-slack-signature": `v0=${hmac("key", `v0:${seconds}:text=hi`).toString("hex")}`,
  })
})

test("A delivery comes without a signature, or with one of another time, where a test asks for that", async () => {
  const kit = await openReceiver()
  const unsigned = await sent(await kit.webhook("/hook", { body: {} }))
  expect(Object.keys(unsigned.headers).filter((name) => name.startsWith("webhook"))).toEqual([])
  await kit.clock.advance("1h")
  const stale = await sent(await kit.webhook("/hook", { body: {}, secret, signedAt: "2026-01-01T00:10:00Z" }))
  expect(stale.headers["webhook-timestamp"]).toBe(String(Date.UTC(2026, 0, 1, 0, 10) / 1000))
})

test("A delivery that is sent again later is another try of it where the sender names it in the body", async () => {
  const kit = await openKit()
  await kit.mock("receive", ({ body }: { body: unknown }) => body)
  const events = { stripe: { type: "paid" }, slack: { type: "event_callback", event: { type: "message" } } }
  for (const provider of ["stripe", "slack"] as const) {
    const trigger = { type: "webhook", path: `/${provider}`, provider, secret: "key" } as const
    await kit.functions.update("receive", { triggers: [trigger] })
    const delivery = { body: events[provider], provider, secret: "key" }
    for (const id of ["one", "one", "two"]) {
      await kit.clock.advance("1m")
      expect((await kit.webhook(`/${provider}`, { ...delivery, id })).status).toBe(202)
    }
    await kit.drain()
    expect(kit.calls("receive")).toHaveLength(2)
    await kit.clear()
  }
})

for (const provider of ["standard", "github", "stripe", "slack"] as const) {
  test(`A delivery of ${provider} fires the trigger that takes it, once however often it is sent, and none with another secret`, async () => {
    const kit = await openKit({ startAt: "2026-01-01T00:00:00Z" })
    const key = provider === "standard" ? secret : "key"
    await kit.mock("receive", ({ body }: { body: unknown }) => body)
    await kit.functions.update("receive", { triggers: [{ type: "webhook", path: "/hook", provider, secret: key }] })
    const delivery = { body: { id: "evt_1", order: 17 }, provider, secret: key, id: "one" }
    expect((await kit.webhook("/hook", delivery)).status).toBe(202)
    expect((await kit.webhook("/hook", delivery)).status).toBe(202)
    const other = provider === "standard" ? `whsec_${Buffer.from("another key").toString("base64")}` : "another"
    expect((await kit.webhook("/hook", { ...delivery, secret: other })).status).toBe(401)
    await kit.drain()
    expect(kit.calls("receive").map(({ output }) => output)).toEqual([{ id: "evt_1", order: 17 }])
  })
}
