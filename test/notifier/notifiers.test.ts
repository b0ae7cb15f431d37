import { createHmac } from "node:crypto"
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { createHttpClient } from "../../adapters/capability/http-client.ts"
import { consoleNotifier } from "../../adapters/notifier/console.ts"
import { emailNotifier } from "../../adapters/notifier/email.ts"
import { ntfyNotifier } from "../../adapters/notifier/ntfy.ts"
import { pagerDutyNotifier } from "../../adapters/notifier/pagerduty.ts"
import { slackNotifier } from "../../adapters/notifier/slack.ts"
import { webhookNotifier } from "../../adapters/notifier/webhook.ts"
import type { AlertNotification, NotificationReason, Notifier } from "../../src/ports/notifier.ts"
import { notifierContract, type OpenNotifier } from "../../src/testing/notifier-contract.ts"
import { rejectionOf } from "../service/service.ts"
import { exampleNotification } from "./example-notification.ts"
import { openMailServer } from "./mail-server.ts"
import { openReceiver, type Receiver } from "./receiver.ts"

const runner = { describe, it, beforeEach, afterEach }
const key = Buffer.alloc(32, 7)
const secret = `whsec_${key.toString("base64")}`
const routingKey = "0123456789abcdef0123456789abcdef"

/** A notifier over HTTP, whose messages `show` reads. */
function overHttp(create: (receiver: Receiver) => Notifier, show: (body: unknown) => string) {
  return async (): Promise<OpenNotifier> => {
    const receiver = await openReceiver()
    return {
      notifier: create(receiver),
      http: receiver.http,
      shown: () => receiver.deliveries.map(({ body }) => show(JSON.parse(body))),
      trouble: (isOn) => receiver.answer(isOn ? 503 : 200),
      refuse: () => receiver.answer(410),
      close: receiver.close,
    }
  }
}

interface WebhookBody {
  readonly type: string
  readonly data: Pick<AlertNotification, "title" | "lines">
}
interface SlackBody {
  readonly text: string
  readonly blocks: readonly { readonly text: { readonly type: string; readonly text: string } }[]
}
interface PagerDutyBody {
  readonly event_action: string
  readonly payload: { readonly summary: string; readonly custom_details: { readonly lines: readonly string[] } }
}

const showWebhook = (body: unknown) => {
  const { data } = body as WebhookBody
  return [data.title, ...data.lines].join("\n")
}
const showSlack = (body: unknown) => (body as SlackBody).blocks.map(({ text }) => text.text).join("\n")
interface NtfyBody {
  readonly title: string
  readonly message: string
}
const showNtfy = (body: unknown) => {
  const { title, message } = body as NtfyBody
  return `${title}\n${message}`
}
const showPagerDuty = (body: unknown) => {
  const { event_action, payload } = body as PagerDutyBody
  return [event_action, payload.summary, ...payload.custom_details.lines].join("\n")
}

describe("webhook", () => {
  notifierContract(
    runner,
    overHttp(({ url, egress }) => webhookNotifier({ url, egress, secret }), showWebhook),
  )
})

describe("slack", () => {
  notifierContract(
    runner,
    overHttp(({ url, egress }) => slackNotifier({ url, egress }), showSlack),
  )
})

describe("pagerduty", () => {
  notifierContract(
    runner,
    overHttp(({ url, egress }) => pagerDutyNotifier({ url, egress, routingKey }), showPagerDuty),
  )
})

describe("ntfy", () => {
  notifierContract(
    runner,
    overHttp(({ url, egress }) => ntfyNotifier({ url, egress, topic: "alerts" }), showNtfy),
  )
})

describe("console", () => {
  notifierContract(runner, async () => {
    const texts: string[] = []
    const { http, close } = await openReceiver()
    return { notifier: consoleNotifier({ write: (text) => texts.push(text) }), http, shown: () => texts, close }
  })
})

describe("email", () => {
  notifierContract(runner, async () => {
    const [server, { http, close }] = await Promise.all([openMailServer(), openReceiver()])
    return {
      notifier: emailNotifier({ smtp: server.url, from: "alerts@example.com", to: ["ops@example.com"] }),
      http,
      shown: () => server.messages.map(({ source }) => readMail(source)),
      trouble: (isOn) => server.answer(isOn ? 451 : 250),
      refuse: () => server.answer(550),
      async close() {
        await Promise.all([close(), server.close()])
      },
    }
  })
})

/** Notifies one, through the client of a receiver. */
async function deliver(
  receiver: Receiver,
  notifier: Notifier,
  given: Partial<Pick<AlertNotification, "title" | "lines">> & { readonly reason?: NotificationReason } = {},
): Promise<void> {
  const { http } = receiver
  const signal = AbortSignal.timeout(10_000)
  await notifier.notify({ ...exampleNotification(), ...given }, { http, signal, now: () => Date.UTC(2026, 0, 1) })
}

describe("what is sent", () => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await openReceiver()
  })
  afterEach(() => receiver.close())

  it("to a webhook is signed over its id, time and body, and says what it is", async () => {
    const { url, egress } = receiver
    await deliver(receiver, webhookNotifier({ url, egress, secret, headers: { "x-team": "ops" } }))
    const [delivery] = receiver.deliveries
    const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = delivery?.headers ?? {}
    const signed = createHmac("sha256", key).update(`${id}.${time}.${delivery?.body}`).digest("base64")
    expect({ id, time, signature }).toEqual({
      id: "notification-1",
      time: String(Date.UTC(2026, 0, 1) / 1000),
      signature: `v1,${signed}`,
    })
    expect(delivery?.headers["x-team"]).toBe("ops")
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
      type: "alert.firing",
      timestamp: "2026-01-01T00:00:00.000Z",
      data: { alert: { function: "transform" } },
    })
  })

  it("cut no character in two where a text is too long", async () => {
    const receiver = await openReceiver()
    const { url, egress } = receiver
    const long = { title: `a${"😀".repeat(600)}`, lines: [`a${"😀".repeat(2000)}`] }
    await deliver(receiver, slackNotifier({ url, egress }), long)
    await deliver(receiver, pagerDutyNotifier({ routingKey, url, egress }), long)
    expect(receiver.deliveries).toHaveLength(2)
    for (const { body } of receiver.deliveries) expect(body).not.toMatch(/\\ud[89ab]/i)
  })

  it("to Slack has no markup of whoever wrote the function, not even where blocks are not shown", async () => {
    const { url, egress } = receiver
    await deliver(receiver, slackNotifier({ url, egress }), { title: "<!channel> & <@U1>", lines: ["<!here>"] })
    const body = JSON.parse(receiver.deliveries[0]?.body ?? "") as SlackBody
    expect(body.text).toBe("&lt;!channel&gt; &amp; &lt;@U1&gt;")
    expect(body.blocks.map(({ text }) => text.type)).toEqual(["plain_text", "plain_text"])
  })

  it("to PagerDuty is one incident from its beginning to its end", async () => {
    const { url, egress } = receiver
    const notifier = pagerDutyNotifier({ url, egress, routingKey })
    await deliver(receiver, notifier)
    await deliver(receiver, notifier, { reason: "repeated" })
    await deliver(receiver, notifier, { reason: "resolved" })
    const events = receiver.deliveries.map(({ body }) => JSON.parse(body))
    expect(events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ["trigger", "alert-1"],
      ["trigger", "alert-1"],
      ["resolve", "alert-1"],
    ])
    expect(events[0]).toMatchObject({ routing_key: routingKey, payload: { severity: "error", component: "transform" } })
  })

  it("to ntfy is JSON with the topic and the priority, and has a token beside it", async () => {
    const { url, egress } = receiver
    const notifier = ntfyNotifier({ url, egress, topic: "alerts", token: "tk_1", priorities: { high: 5 } })
    await deliver(receiver, notifier, { title: `a\r\nx-header: ${"é".repeat(200)}` })
    await deliver(receiver, notifier, { reason: "resolved" })
    const [first, second] = receiver.deliveries.map(({ body }) => JSON.parse(body))
    expect(receiver.deliveries[0]?.headers).toMatchObject({ authorization: "Bearer tk_1" })
    expect(receiver.deliveries[0]?.headers).not.toHaveProperty("x-header")
    expect(first).toMatchObject({ topic: "alerts", priority: 5, tags: ["warning"], message: "transform was slow." })
    expect(Buffer.byteLength(first.title)).toBeLessThanOrEqual(250)
    expect(first.title).toMatch(/é$/)
    expect(second.tags).toEqual(["white_check_mark"])
  })

  it("to an address that is not allowed is refused for good, and names no path in its error", async () => {
    const { url } = receiver
    const refused = await rejectionOf(deliver(receiver, slackNotifier({ url: `${url}/T0/secret` })))
    expect(refused).toMatchObject({
      name: "DeliveryError",
      message: "Slack cannot be reached at 127.0.0.1: the address is not public.",
      final: true,
    })
    const elsewhere = { allow: ["192.0.2.1"], reach: "allowed" } as const
    const notAllowed = webhookNotifier({ url: "https://1.1.1.1/secret", egress: elsewhere })
    expect(await rejectionOf(deliver(receiver, notAllowed))).toMatchObject({
      message: "The webhook cannot be reached at 1.1.1.1: it is not allowed.",
      final: true,
    })
  })

  it("to a server that is down is tried again, and names no path in its error", async () => {
    const { url, egress, close } = receiver
    await close()
    const http = createHttpClient()
    onTestFinished(() => http.close())
    const down = deliver({ ...receiver, http }, slackNotifier({ url: `${url}/T0/secret`, egress }))
    expect(await rejectionOf(down)).toMatchObject({
      message: "Slack cannot be reached at 127.0.0.1: the connection was refused.",
      final: false,
    })
    receiver = await openReceiver()
  })

  it("was taken where the status says so, however long the answer is", async () => {
    const { url, egress } = receiver
    receiver.answer(200, {}, "x".repeat(1_000_000))
    await deliver(receiver, webhookNotifier({ url, egress }))
    expect(receiver.deliveries).toHaveLength(1)
    receiver.answer(410, {}, "x".repeat(1_000_000))
    const error = await rejectionOf(deliver(receiver, webhookNotifier({ url, egress })))
    expect(error).toMatchObject({ message: "The webhook answered 410.", final: true })
  })

  it("waits as long as the other side asks for, and names no address in its error", async () => {
    const { url, egress } = receiver
    receiver.answer(429, { "retry-after": "120" })
    const error = await rejectionOf(deliver(receiver, slackNotifier({ url: `${url}/T0/secret`, egress })))
    expect(error).toMatchObject({ name: "DeliveryError", final: false, retryAfterMs: 120_000 })
    expect(String(error.message)).not.toContain("secret")
  })

  it("does not follow to where it is sent on", async () => {
    const { url, egress } = receiver
    receiver.answer(307, { location: "http://127.0.0.1:1/elsewhere" })
    await expect(deliver(receiver, webhookNotifier({ url, egress }))).rejects.toMatchObject({ final: true })
  })

  it("does not reach addresses that nobody has opened", async () => {
    await expect(deliver(receiver, webhookNotifier({ url: receiver.url }))).rejects.toThrow(/127\.0\.0\.1/)
    expect(receiver.deliveries).toEqual([])
  })

  it("by e-mail has a subject of one line, whatever it is made of, and the same id at every try", async () => {
    const server = await openMailServer()
    onTestFinished(server.close)
    const notifier = emailNotifier({ smtp: server.url, from: "a@example.com", to: ["b@example.com", "c@example.com"] })
    const hostile = { title: "One\r\nBcc: evil@example.com", lines: ["."] }
    await deliver(receiver, notifier, hostile)
    await deliver(receiver, notifier, hostile)
    expect(server.messages.map(({ to }) => to)).toEqual([
      ["b@example.com", "c@example.com"],
      ["b@example.com", "c@example.com"],
    ])
    const ids = server.messages.map(({ source }) => /^message-id: (.*)$/im.exec(source)?.[1]?.trim())
    expect(ids).toEqual(["<notification-1@inlay>", "<notification-1@inlay>"])
    for (const { source } of server.messages) expect(source).not.toMatch(/^bcc:/im)
  })

  it("by e-mail reaches each recipient once, where the server takes it for some of them first", async () => {
    const server = await openMailServer()
    onTestFinished(server.close)
    const to = ["Ann <a@example.com>", "b@example.com", "c@example.com"]
    const notifier = emailNotifier({ smtp: server.url, from: "Inlay <alerts@example.com>", to })
    server.answerRecipients({ "b@example.com": 451, "c@example.com": 550 })
    const some = await rejectionOf(deliver(receiver, notifier))
    expect(some).toMatchObject({ name: "DeliveryError", final: false })
    expect(some.message).toBe("the mail server did not take it for 2 of 3 recipients (451, 550).")
    server.answerRecipients({ "b@example.com": 451, "c@example.com": 451 })
    expect(await rejectionOf(deliver(receiver, notifier))).toMatchObject({ final: false })
    server.answerRecipients({ "c@example.com": 550 })
    const one = await rejectionOf(deliver(receiver, notifier))
    expect(one).toMatchObject({ final: true, message: "the mail server did not take it for 1 of 3 recipients (550)." })
    expect(server.messages.map(({ to }) => to)).toEqual([["a@example.com"], ["b@example.com"]])
    for (const { source } of server.messages) expect(source).toMatch(/^to: Ann <a@example\.com>, b@example\.com/im)
    server.answerRecipients({})
    await deliver(receiver, notifier)
    expect(server.messages.at(-1)).toMatchObject({ from: "alerts@example.com", to: ["c@example.com"] })
    await deliver(receiver, notifier)
    expect(server.messages.at(-1)?.to).toEqual(["a@example.com", "b@example.com", "c@example.com"])
  })

  it("to a webhook has one header of each name, whoever sets it", async () => {
    const { url, egress } = receiver
    const headers = { "Webhook-Id": "mine", "Content-Type": "application/vnd.alert+json" }
    await deliver(receiver, webhookNotifier({ url, egress, headers }))
    expect(receiver.deliveries[0]?.headers).toMatchObject({
      "webhook-id": "notification-1",
      "content-type": "application/vnd.alert+json",
    })
  })

  it.each([
    ["sekret", () => webhookNotifier({ url: "https://example.com", sekret: secret } as never)],
    ["egress.alow", () => slackNotifier({ url: "https://example.com", egress: { alow: ["10.0.0.1"] } } as never)],
    ["dedupKey", () => pagerDutyNotifier({ routingKey, dedupKey: "x" } as never)],
    ["priority", () => ntfyNotifier({ topic: "a", priority: 5 } as never)],
    ["priorities.urgent", () => ntfyNotifier({ topic: "a", priorities: { urgent: 5 } } as never)],
    ["writes", () => consoleNotifier({ writes: () => {} } as never)],
    [
      "cc",
      () => emailNotifier({ smtp: "smtp://localhost", from: "a@b.example", to: ["b@b.example"], cc: [] } as never),
    ],
  ])("%s, which no notifier knows, is refused at once", (path, create) => {
    expect(create).toThrow(
      expect.objectContaining({ code: "FN_006", issues: [expect.objectContaining({ path: path })] }),
    )
  })

  it.each([
    ["webhook's url", () => webhookNotifier({ url: "ftp://example.com" })],
    ["webhook's secret", () => webhookNotifier({ url: "https://example.com", secret: "short" })],
    ["Slack webhook's url", () => slackNotifier({ url: "example" })],
    ["ntfy topic", () => ntfyNotifier({ topic: "a/b" })],
    ["ntfy token", () => ntfyNotifier({ topic: "a", token: "a\nb" })],
    ["routing key", () => pagerDutyNotifier({ routingKey: "short" })],
    ["smtp", () => emailNotifier({ smtp: "https://example.com", from: "a@example.com", to: ["b@example.com"] })],
    ["`to`", () => emailNotifier({ smtp: "smtp://localhost", from: "a@example.com", to: [] })],
    ["`to`", () => emailNotifier({ smtp: "smtp://localhost", from: "a@example.com", to: "b@example.com" as never })],
    ["`to`", () => emailNotifier({ smtp: "smtp://localhost", from: "a@example.com", to: [""] })],
    ["`from`", () => emailNotifier({ smtp: "smtp://localhost", to: ["b@example.com"] } as never)],
    ["e-mail notifier", () => emailNotifier(undefined as never)],
    ["webhook's headers", () => webhookNotifier({ url: "https://example.com", headers: { a: "b\nc: d" } })],
    ["webhook's secret", () => webhookNotifier({ url: "https://example.com", secret: 5 as never })],
    ["egress rule", () => webhookNotifier({ url: "https://example.com", egress: { allow: ["300.0.0.0/8"] } })],
    ["egress", () => slackNotifier({ url: "https://example.com", egress: "all" as never })],
    ["ntfy priorities", () => ntfyNotifier({ topic: "a", priorities: { low: 9 as never } })],
    ["PagerDuty source", () => pagerDutyNotifier({ routingKey, source: "" })],
    ["write", () => consoleNotifier({ write: "x" as never })],
  ])("%s that cannot be used is refused at once", (name, create) => {
    expect(create).toThrow(TypeError)
    expect(create).toThrow(name)
  })
})

/** Subject and text of a message in plain text, as a reader sees them. */
function readMail(source: string): string {
  const [head = "", text = ""] = source.replaceAll("\r\n", "\n").split("\n\n")
  const subject = /^subject: (.*(?:\n[ \t].*)*)/im.exec(head)?.[1]?.replace(/\n[ \t]/g, " ") ?? ""
  const isQuoted = /^content-transfer-encoding: quoted-printable/im.test(head)
  return `${subject}\n${isQuoted ? text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16))) : text}`
}
