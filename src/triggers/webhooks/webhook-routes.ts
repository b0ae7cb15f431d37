import type { TriggerRecord } from "../../model/trigger.ts"
import type { WebhookTrigger } from "../../model/webhook-trigger.ts"
import type { Route } from "../route-table.ts"

/** A trigger that takes deliveries. */
export interface WebhookTriggerRecord extends TriggerRecord {
  readonly configuration: WebhookTrigger
}

/** What a route table keeps for a webhook. */
export interface WebhookRouteTarget {
  readonly kind: "webhook"
  readonly trigger: WebhookTriggerRecord
  /** Of the function or the pipeline. */
  readonly name: string
}

/** A webhook whose path a delivery was sent to. */
export interface WebhookRouteMatch extends WebhookRouteTarget {
  readonly params: Readonly<Record<string, string>>
}

/** Deliveries are sent by POST. */
export const webhookMethods: readonly string[] = ["POST"]

/** The routes of webhooks. */
export function toWebhookRoutes(triggers: readonly TriggerRecord[]): readonly Route<WebhookRouteTarget>[] {
  return triggers.filter(isWebhook).map((trigger) => ({
    path: trigger.configuration.path,
    methods: webhookMethods,
    value: { kind: "webhook", trigger, name: trigger.target.name },
  }))
}

function isWebhook(trigger: TriggerRecord): trigger is WebhookTriggerRecord {
  return trigger.type === "webhook"
}
