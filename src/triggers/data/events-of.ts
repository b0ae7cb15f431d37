import type { CloudEvent, NewEvent } from "../../model/event.ts"
import type { NewJob } from "../../model/job.ts"
import type { EventsOf } from "../../ports/data-events.ts"
import { refuseLoop } from "../chain-depth.ts"
import { toDataEvent } from "./data-event.ts"

/** What telling of changes needs from the rest of the service. */
export interface EventsOfOptions {
  /** Whether anybody asked to hear of an event. */
  readonly isMeant: (organisation: string, event: CloudEvent) => Promise<boolean>
  /** The job that delivers an event, both under this id; `at` is when it was made. */
  readonly toJob: (organisation: string, event: NewEvent, id: string, at: number) => NewJob
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}

/** Makes what tells of changes. */
export function createEventsOf({ isMeant, toJob, now, newId }: EventsOfOptions): EventsOf {
  return async ({ organisation, traceId, spanId, depth }, change) => {
    const event = toDataEvent(change)
    const at = now()
    const id = newId(at)
    const time = new Date(at).toISOString()
    // All that a filter may look at is what it will be when the event is delivered.
    const whole = { specversion: "1.0", id, source: `inlay:${organisation}`, time, ...event } as const
    if (!(await isMeant(organisation, whole))) return []
    refuseLoop(depth, `${change.operation} "${event.subject}"`, ", and somebody asked to hear of this change too")
    return [{ ...toJob(organisation, event, id, at), traceId, askedBy: { spanId }, depth: depth + 1 }]
  }
}
