import type { Chain } from "../../model/chain.ts"
import type { CloudEvent } from "../../model/event.ts"
import type { EventDelivery, EventFiring } from "../../model/published-event.ts"
import type { Firing, TriggerRecord } from "../../model/trigger.ts"
import type { EventTrigger } from "../../model/trigger-declaration.ts"
import { type DataTriggerEvent, toTriggerEvent } from "../data/trigger-event.ts"
import { type EventMatcher, FilterFault } from "./filter.ts"
import { compileSubscription } from "./subscription.ts"

/** What subscriptions need from the bus. */
export interface SubscriptionsOptions {
  readonly triggersOf: (organisation: string, type: TriggerRecord["type"]) => Promise<readonly TriggerRecord[]>
  readonly fire: (
    trigger: TriggerRecord,
    request: { readonly cause: "event"; readonly key: string; readonly event: unknown } & Chain,
  ) => Promise<Firing>
}

/** The triggers that hear of events. */
export interface Subscriptions {
  /** Fires every trigger that an event is meant for; `key` is the event's, so that none fires twice for it. */
  fire(organisation: string, key: string, event: CloudEvent, chain: Chain): Promise<Omit<EventDelivery, "resumed">>
  /** Whether an event is meant for any trigger. */
  isMeant(organisation: string, event: CloudEvent): Promise<boolean>
}

const types = ["event", "pubsub", "database", "storage", "auth"] as const
const firedAtOnce = 64
const maxListed = 100
/** So long the filters of an event may hold up everything else. */
const maxHoldMs = 10

/** A trigger with what it makes of an event. */
interface Meant {
  readonly trigger: TriggerRecord
  readonly event: CloudEvent | DataTriggerEvent
}

/** Creates what fires the triggers that hear of events and of changes of data. */
export function createSubscriptions({ triggersOf, fire }: SubscriptionsOptions): Subscriptions {
  const matchers = new WeakMap<EventTrigger, EventMatcher>()
  const matcherOf = (configuration: EventTrigger): EventMatcher => {
    const known = matchers.get(configuration)
    if (known) return known
    const matcher = compile(configuration)
    matchers.set(configuration, matcher)
    return matcher
  }

  /** Null where the trigger did not ask for it. */
  function readFor({ configuration }: TriggerRecord, event: CloudEvent): Meant["event"] | null {
    if (configuration.type !== "event" && configuration.type !== "pubsub") return toTriggerEvent(configuration, event)
    return matcherOf(configuration)(event) ? event : null
  }

  async function findMeant(organisation: string, event: CloudEvent): Promise<readonly Meant[]> {
    const meant: Meant[] = []
    let heldSince = performance.now()
    for (const type of types) {
      for (const trigger of await triggersOf(organisation, type)) {
        const read = readFor(trigger, event)
        if (read) meant.push({ trigger, event: read })
        if (performance.now() - heldSince < maxHoldMs) continue
        await new Promise((resolve) => setImmediate(resolve))
        heldSince = performance.now()
      }
    }
    return meant
  }

  async function fireAll(
    organisation: string,
    key: string,
    published: CloudEvent,
    chain: Chain,
  ): ReturnType<Subscriptions["fire"]> {
    const meant = await findMeant(organisation, published)
    const firings: EventFiring[] = []
    const failures: unknown[] = []
    for (let from = 0; from < meant.length; from += firedAtOnce) {
      const some = meant.slice(from, from + firedAtOnce)
      const results = await Promise.allSettled(
        some.map(({ trigger, event }) => fire(trigger, { cause: "event", key, event, ...chain })),
      )
      for (const result of results) {
        if (result.status === "fulfilled") firings.push(toEventFiring(result.value))
        else failures.push(result.reason)
      }
    }
    // One that cannot be fired now must not keep the others from it: they have fired, and do not fire again.
    if (failures.length > 0) throw failures[0]
    return { fired: firings.length, firings: firings.slice(0, maxListed) }
  }

  return {
    fire: fireAll,
    isMeant: async (organisation, event) => (await findMeant(organisation, event)).length > 0,
  }
}

function toEventFiring({ id, triggerId, outcome, jobId }: Firing): EventFiring {
  return { triggerId, firingId: id, outcome, jobId }
}

/** What was stored is checked by then; whatever else it is, it must not keep the event from others. */
function compile(trigger: EventTrigger): EventMatcher {
  try {
    return compileSubscription(trigger)
  } catch (error) {
    if (error instanceof FilterFault) return () => false
    throw error
  }
}
