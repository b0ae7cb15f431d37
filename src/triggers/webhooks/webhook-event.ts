import type { WebhookProvider } from "../../model/webhook-trigger.ts"
import type { Delivery } from "./delivery.ts"
import type { RawBody } from "./read-body.ts"

/** What a function gets of a delivery. */
export interface WebhookEvent extends RawBody {
  readonly type: "webhook"
  readonly provider: WebhookProvider
  /** The sender's name of the delivery: the same for every try. */
  readonly id: string
  /** Those that tell of the delivery; names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  /** What the body says, where it is JSON or a form; text of other types, and null for bytes that are no text. */
  readonly body: unknown
  /** What matched the parameters of the trigger's path. */
  readonly params: Readonly<Record<string, string>>
  /** ISO 8601. */
  readonly receivedAt: string
}

/** Nothing of what these say belongs into records. */
const withheld: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"])

/** What senders that sign tell in headers, beside what their signature is. */
const told: Readonly<Record<Exclude<WebhookProvider, "none">, RegExp>> = {
  standard: /^(?:webhook|svix)-(?:id|timestamp)$/,
  github: /^x-github-/,
  stripe: /^stripe-version$/,
  slack: /^x-slack-(?!signature$)/,
}

/** The headers that a function gets. Of senders that do not sign, these are nearly all: it may have to check them itself. */
export function chooseHeaders(
  provider: WebhookProvider,
  { headers }: Pick<Delivery, "headers">,
): Record<string, string> {
  const isChosen = (name: string) => {
    if (provider === "none") return !withheld.has(name)
    return name === "content-type" || name === "user-agent" || told[provider].test(name)
  }
  return Object.fromEntries([...headers].filter(([name]) => isChosen(name)))
}
