import { createHash } from "node:crypto"
import type { WebhookProvider } from "../../model/webhook-trigger.ts"
import { readJson } from "../../util/read-json.ts"
import type { Delivery } from "./delivery.ts"
import { standardIdOf } from "./standard.ts"
import { stripeTimeOf } from "./stripe.ts"

/** What tells a delivery from others. */
export interface DeliveryIdentity {
  /** The sender's own name of it; a hash of it where the sender gives none. */
  readonly id: string
  /** The same for every try of the delivery, and for nobody to choose who cannot sign; null where nothing tells tries apart from deliveries. */
  readonly key: string | null
}

const maxIdLength = 200

/**
 * Reads who a delivery is: by what its signature covers, never by headers that anybody could change. The content type is
 * one of those.
 */
export function identify(
  provider: WebhookProvider,
  delivery: Delivery,
  params: Readonly<Record<string, string>>,
  newId: () => string,
): DeliveryIdentity {
  const { id, key } = identifySent(provider, delivery, newId)
  const places = Object.entries(params)
  // One trigger takes deliveries for many places, whose senders may give the same ids.
  return { id, key: key === null || places.length === 0 ? key : hash(JSON.stringify([key, places])) }
}

function identifySent(provider: WebhookProvider, { headers, body }: Delivery, newId: () => string): DeliveryIdentity {
  switch (provider) {
    case "standard":
      return named(standardIdOf(headers))
    case "stripe":
      return named(fieldOf(parse(body), "id"), hash(stripeTimeOf(headers) ?? "", body))
    case "slack": {
      // A later try has another time, and with it another signature: only an event says that it is the same.
      const parsed = parse(body)
      const event = fieldOf(parsed, "type") === "event_callback" ? fieldOf(parsed, "event_id") : null
      return named(event, hash(headers.get("x-slack-request-timestamp") ?? "", body))
    }
    case "github": {
      const key = hash(body)
      return { id: shorten(headers.get("x-github-delivery") ?? key), key }
    }
    case "none": {
      const id = headers.get("webhook-id") ?? headers.get("idempotency-key")
      return id ? named(id) : { id: newId(), key: null }
    }
  }
}

function named(id: string | null, otherwise = ""): DeliveryIdentity {
  const known = shorten(id ?? otherwise)
  return { id: known, key: known }
}

/** Senders may choose any length, and what is kept under it may not. */
function shorten(id: string): string {
  return id.length <= maxIdLength ? id : hash(id)
}

function hash(...parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash("sha256")
  for (const part of parts) sum.update(part)
  return sum.digest("hex")
}

/** Null where it is no JSON. */
function parse(body: Uint8Array): unknown {
  return readJson<unknown>(Buffer.from(body).toString("utf8"), null)
}

/** A text of a parsed body. */
function fieldOf(parsed: unknown, name: string): string | null {
  if (typeof parsed !== "object" || parsed === null || !Object.hasOwn(parsed, name)) return null
  const value: unknown = (parsed as Record<string, unknown>)[name]
  return typeof value === "string" && value !== "" ? value : null
}
