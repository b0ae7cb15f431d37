/**
 * Tells a service of your own of alerts, signed as Standard Webhooks says: it knows who sent them, and which of them it has had.
 *
 * ```ts
 * import { webhookNotifier } from "inlay/notifier/webhook"
 *
 * webhookNotifier({ url: "https://ops.example.com/alerts", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" })
 * ```
 *
 * @module
 */
import { createHmac } from "node:crypto"
import type { EgressRules } from "../../src/model/egress.ts"
import type { Notifier } from "../../src/ports/notifier.ts"
import { checkOptions, type Known } from "./check-options.ts"
import { checkUrl, post, toJson } from "./post.ts"

/** Where alerts are sent to. */
export interface WebhookNotifierOptions {
  readonly url: string
  /** `whsec_` and 24 to 64 bytes in base64. Without it deliveries are not signed. */
  readonly secret?: string
  readonly headers?: Readonly<Record<string, string>>
  /** What the address may be. @default public addresses */
  readonly egress?: EgressRules
}

const known: Known<WebhookNotifierOptions> = { url: true, secret: true, headers: true, egress: true }

/**
 * Sends `{ type: "alert.firing" | "alert.repeated" | "alert.resolved", timestamp, data: { title, lines, alert } }`, and for a
 * report `{ type: "alert.digest", timestamp, data: { title, lines, digest } }`, with the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. Every try of a notification has the same id.
 */
export function webhookNotifier(options: WebhookNotifierOptions): Notifier {
  checkOptions("webhook", options, known)
  const url = checkUrl("webhook's url", options.url)
  const own = readHeaders(options.headers)
  const key = options.secret === undefined ? undefined : toKey(options.secret)
  return {
    type: "webhook",
    async notify({ id, reason, title, lines, alert, digest }, context) {
      const at = context.now()
      const data = { title, lines, ...(alert ? { alert } : { digest }) }
      const body = toJson({ type: `alert.${reason}`, timestamp: new Date(at).toISOString(), data })
      const seconds = String(Math.floor(at / 1000))
      const headers = {
        ...own,
        "webhook-id": id,
        "webhook-timestamp": seconds,
        ...(key && {
          "webhook-signature": `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`,
        }),
      }
      await post({ service: "The webhook", url, headers, body, egress: options.egress }, context)
    },
  }
}

/** By names in lower case, so that none is sent beside the notifier's own of that name. */
function readHeaders(headers: WebhookNotifierOptions["headers"]): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(new Headers(headers))
  } catch (cause) {
    throw new TypeError("Cannot use the webhook's headers: they must be texts by their names.", { cause })
  }
}

function toKey(secret: string): Buffer {
  const key = Buffer.from(String(secret).replace(/^whsec_/, ""), "base64")
  if (key.length >= 24 && key.length <= 64) return key
  throw new TypeError("Cannot use the webhook's secret: it must be whsec_ and 24 to 64 bytes in base64.")
}
