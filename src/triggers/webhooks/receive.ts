import type { Firing, TriggerRecord } from "../../model/trigger.ts"
import type { WebhookTrigger } from "../../model/webhook-trigger.ts"
import type { FireRequest } from "../bus/create-bus.ts"
import { checkSignature } from "./check-signature.ts"
import type { Delivery, Refusal } from "./delivery.ts"
import { identify } from "./identity.ts"
import { parseBody, toRawBody } from "./read-body.ts"
import { chooseHeaders, type WebhookEvent } from "./webhook-event.ts"

/** What became of a delivery. */
export type Received =
  | { readonly outcome: "refused"; readonly reason: Refusal }
  /** The sender only asks whether anybody is here; what to answer. */
  | { readonly outcome: "challenged"; readonly challenge: string }
  | { readonly outcome: "fired"; readonly firing: Firing }

/** What receiving needs from the rest of the service. */
export interface ReceiveOptions {
  /** Gives texts with secrets in the place of references to them. */
  readonly resolveSecrets: (organisation: string, texts: readonly string[]) => Promise<readonly string[]>
  readonly fire: (trigger: TriggerRecord, request: FireRequest & { readonly event: WebhookEvent }) => Promise<Firing>
  readonly refused: (trigger: TriggerRecord, reason: Refusal) => void
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}

/** Takes a delivery for a trigger: checks it, and fires once for however many tries of the sender. */
export type ReceiveWebhook = (
  trigger: TriggerRecord & { readonly configuration: WebhookTrigger },
  delivery: Delivery,
  params: Readonly<Record<string, string>>,
) => Promise<Received>

const defaultTolerance = 300

/** Makes what receives webhooks. */
export function createReceiveWebhook(options: ReceiveOptions): ReceiveWebhook {
  const { resolveSecrets, fire, refused, now, newId } = options

  return async (trigger, delivery, params) => {
    const { organisation, configuration } = trigger
    const { provider = "standard", secret = [], tolerance: toleranceSeconds = defaultTolerance } = configuration
    const at = now()
    // Without any secret it is a mismatch at best: what is refused for another reason costs nobody a look into the vault.
    const obvious = checkSignature(provider, delivery, { secrets: [], toleranceSeconds, now: at })
    const reason = obvious === "mismatch" ? check(await resolveSecrets(organisation, [secret].flat())) : obvious
    if (reason) {
      refused(trigger, reason)
      return { outcome: "refused", reason }
    }
    const raw = toRawBody(delivery.body)
    const body = parseBody(raw, delivery.headers.get("content-type"))
    const challenge = provider === "slack" ? readChallenge(body) : null
    if (challenge !== null) return { outcome: "challenged", challenge }
    const { id, key } = identify(provider, delivery, params, () => newId(at))
    const headers = chooseHeaders(provider, delivery)
    const receivedAt = new Date(at).toISOString()
    const event: WebhookEvent = { type: "webhook", provider, id, headers, body, params, receivedAt, ...raw }
    const { traceId, parentSpanId } = delivery.trace ?? {}
    const firing = await fire(trigger, {
      ...{ cause: "webhook", key, event },
      ...(traceId !== undefined && { traceId }),
      ...(parentSpanId !== undefined && { askedBy: { spanId: parentSpanId } }),
    })
    return { outcome: "fired", firing }

    function check(secrets: readonly string[]): Refusal | null {
      try {
        return checkSignature(provider, delivery, { secrets, toleranceSeconds, now: at })
      } catch (error) {
        // The secret is the host's: whoever sends learns nothing of it.
        const reason = error instanceof Error ? error.message : String(error)
        throw new Error(`Cannot use a secret of trigger "${trigger.name}" of "${trigger.target.name}": ${reason}.`)
      }
    }
  }
}

/** What Slack sends to see whose address it is. */
function readChallenge(body: unknown): string | null {
  if (typeof body !== "object" || body === null) return null
  const { type, challenge }: { readonly type?: unknown; readonly challenge?: unknown } = body
  return type === "url_verification" && typeof challenge === "string" ? challenge : null
}
