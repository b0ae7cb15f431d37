import { createHmac } from "node:crypto"

/** A delivery of another service, as a test sends it. */
export interface WebhookDelivery {
  /** Text as it is, anything else as JSON. */
  readonly body: unknown
  /** Whose signature it has. @default "standard": that of Standard Webhooks */
  readonly provider?: "standard" | "github" | "stripe" | "slack" | "none"
  /** What signs it, as the receiver has it. Without one it is not signed. */
  readonly secret?: string
  /**
   * Names the delivery: the same again is another try of it. Stripe and Slack name it in the body, where an event without a
   * name of its own is given this one. @default a new one
   */
  readonly id?: string
  /** When it was signed. @default the kit's time */
  readonly signedAt?: Date | number | string
  /** Further headers, such as `{ "x-github-event": "push" }`; they win over those of the signature. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What makes the headers of a provider: over the body's text, at a time in whole seconds. */
type Sign = (body: string, given: { readonly secret: string; readonly id: string; readonly seconds: number }) => Headers

const providers: Readonly<Record<"standard" | "github" | "stripe" | "slack", Sign>> = {
  standard(body, { secret, id, seconds }) {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
    const signature = hmac(key, `${id}.${seconds}.${body}`).toString("base64")
    return new Headers({
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": `v1,${signature}`,
    })
  },
  github: (body, { secret, id }) =>
    new Headers({ "x-github-delivery": id, "x-hub-signature-256": `sha256=${hmac(secret, body).toString("hex")}` }),
  stripe: (body, { secret, seconds }) =>
    new Headers({ "stripe-signature": `t=${seconds},v1=${hmac(secret, `${seconds}.${body}`).toString("hex")}` }),
  slack: (body, { secret, seconds }) =>
    new Headers({
      "x-slack-request-timestamp": String(seconds),
      "x-slack-signature": `v0=${hmac(secret, `v0:${seconds}:${body}`).toString("hex")}`,
    }),
}

/** The request of a delivery; `newId` names it where the test does not. */
export function toWebhookRequest(
  path: string,
  delivery: WebhookDelivery,
  signedAt: number,
  newId: () => string,
): Request {
  const { provider = "standard", secret, id = newId() } = delivery
  const body = delivery.id === undefined ? delivery.body : named(delivery.body, provider, delivery.id)
  const text = typeof body === "string" ? body : JSON.stringify(body)
  const seconds = Math.floor(signedAt / 1000)
  const headers =
    secret === undefined || provider === "none" ? new Headers() : providers[provider](text, { secret, id, seconds })
  if (typeof body !== "string") headers.set("content-type", "application/json")
  for (const [name, value] of Object.entries(delivery.headers ?? {})) headers.set(name, value)
  return new Request(new URL(path, "http://localhost"), { method: "POST", headers, body: text })
}

/** The body with its event's name, where the sender writes it there. */
function named(body: unknown, provider: WebhookDelivery["provider"], id: string): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body
  if (provider === "stripe") return { id, ...body }
  const isEvent = provider === "slack" && "type" in body && body.type === "event_callback"
  return isEvent ? { event_id: id, ...body } : body
}

function hmac(key: string | Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}
