import { FunctionsError } from "../errors/functions-error.ts"
import type { Tell } from "../model/facts.ts"
import type { TriggerStore } from "../ports/trigger-storage.ts"
import type { Bus } from "../triggers/bus/create-bus.ts"
import type { Delivery } from "../triggers/webhooks/delivery.ts"
import { createReceiveWebhook, type Received } from "../triggers/webhooks/receive.ts"
import { createRefusals } from "../triggers/webhooks/refusals.ts"
import type { WebhookRouteMatch } from "../triggers/webhooks/webhook-routes.ts"
import { createTextResolver, type SecretSource } from "./secrets.ts"

/** What taking deliveries needs from the rest of the service. */
export interface WebhooksOptions {
  readonly store: TriggerStore
  readonly bus: Bus
  readonly secrets: SecretSource | undefined
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
  readonly onError: (error: unknown, context: { readonly stage: "webhooks" }) => void
}

/** Takes deliveries for webhooks. */
export interface Webhooks {
  /** Checks a delivery, and fires once for all tries of its sender. */
  receive(match: WebhookRouteMatch, delivery: Delivery): Promise<Received>
  /** Waits until all that was refused so far is counted. */
  flush(): Promise<void>
}

/** Wires what takes deliveries to the bus. */
export function createWebhooks({ store, bus, secrets, now, newId, tell, onError }: WebhooksOptions): Webhooks {
  const refusals = createRefusals({ store, onError: (error) => onError(error, { stage: "webhooks" }) })
  const receive = createReceiveWebhook({
    resolveSecrets: createTextResolver(secrets),
    async fire({ organisation, id }, request) {
      // A route may be two seconds old: only what is stored says whether the trigger is paused by now, or gone.
      const trigger = await store.find(organisation, id)
      if (!trigger) throw new FunctionsError("FN_001", "Cannot take the delivery: the webhook was removed.")
      return bus.fire(trigger, request)
    },
    refused({ organisation, id, name, target }, reason) {
      refusals.add(organisation, id)
      tell("webhook.refused", { organisation, triggerId: id, trigger: name, target, reason, at: now() })
    },
    now,
    newId,
  })
  return {
    receive: ({ trigger, params }, delivery) => receive(trigger, delivery, params),
    flush: refusals.flush,
  }
}
