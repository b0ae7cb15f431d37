import type { BusTrigger, Trigger } from "./trigger-declaration.ts"

/** What a trigger calls. */
export interface TriggerTarget {
  readonly kind: "function" | "pipeline"
  readonly id: string
  readonly name: string
}

/** A trigger that a function or a pipeline has declared. Times are epoch milliseconds. */
export interface TriggerRecord {
  readonly organisation: string
  readonly id: string
  /** Unique among the triggers of its target. */
  readonly name: string
  readonly type: BusTrigger["type"]
  readonly target: TriggerTarget
  readonly configuration: BusTrigger
  readonly status: "active" | "paused"
  /** Of a schedule that is active: when it fires next; null where that is not worked out yet, or never. */
  readonly nextAt: number | null
  /** To the second. */
  readonly lastFiredAt: number | null
  /** Of a webhook: deliveries whose signature was not the sender's. */
  readonly refused: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** Why a trigger fired. */
export type FiringCause = "schedule" | "event" | "webhook" | "test" | "replay"

/** One time that a trigger fired, or was to fire and did not. Times are epoch milliseconds. */
export interface Firing {
  readonly organisation: string
  readonly id: string
  readonly triggerId: string
  readonly cause: FiringCause
  /** What makes it this firing and no other: a trigger fires once for a key. Null where each is a new one. */
  readonly key: string | null
  /** Of a schedule: the time that it fired for. */
  readonly scheduledFor: number | null
  readonly firedAt: number
  /** What the target was given; any JSON. */
  readonly event: unknown
  /** `queued`: there is a job. `skipped`: there was to be none. `refused`: the target cannot be called. */
  readonly outcome: "queued" | "skipped" | "refused"
  /** Why it was not queued. */
  readonly reason: string | null
  /** The enqueued call or the run of a pipeline. */
  readonly jobId: string | null
  /** The firing that this one does again. */
  readonly originId: string | null
}

/** A declared trigger with the name that tells it from its neighbours. */
export interface NamedTrigger {
  readonly name: string
  readonly configuration: BusTrigger
}

/** Those of the triggers that fire: all but routes. What has no name is called by its type: `schedule`, `schedule-2`. */
export function nameTriggers(triggers: readonly Trigger[]): readonly NamedTrigger[] {
  const declared = triggers.filter((trigger): trigger is BusTrigger => trigger.type !== "http")
  const taken = new Set<string>()
  return declared.map((configuration) => {
    const wanted = configuration.name ?? configuration.type
    let name = wanted
    for (let count = 2; taken.has(name); count++) name = `${wanted}-${count}`
    taken.add(name)
    return { name, configuration }
  })
}
