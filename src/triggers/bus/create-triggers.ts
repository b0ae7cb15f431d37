import { notFound } from "../../errors/not-found.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import type { Firing, TriggerRecord } from "../../model/trigger.ts"
import { isSchedule } from "../../model/trigger-declaration.ts"
import type { TriggerFilter, TriggerStore } from "../../ports/trigger-storage.ts"
import { expressionOf, toScheduleEvent } from "../schedules/schedule-event.ts"
import { createTimetable, TimetableError } from "../schedules/timetable.ts"
import type { Bus } from "./create-bus.ts"

/** The triggers of all organisations, for those who look after them. */
export interface Triggers {
  list(organisation: string, filter: TriggerFilter, page: PageRequest): Promise<Page<TriggerRecord>>
  /** `FN_001` where there is none. */
  get(organisation: string, id: string): Promise<TriggerRecord>
  /** `FN_001` where there is none. */
  setStatus(organisation: string, id: string, status: TriggerRecord["status"]): Promise<TriggerRecord>
  /** Fires on trial, also where it is paused; without an event a schedule makes its own, others give null. */
  test(organisation: string, id: string, event: unknown): Promise<Firing>
  /** Newest first; those of a removed trigger too. `FN_001` where there never was one. */
  firings(organisation: string, id: string, page: PageRequest): Promise<Page<Firing>>
  /** Fires again with the same event, also where it is paused. `FN_001` where there is no such trigger or firing. */
  replay(organisation: string, id: string, firingId: string): Promise<Firing>
}

/** Creates what looks after triggers. */
export function createTriggers(options: {
  readonly store: TriggerStore
  readonly bus: Pick<Bus, "fire">
  /** Hears of triggers that were paused or resumed. */
  readonly changed: (organisation: string) => void
  readonly now: () => number
}): Triggers {
  const { store, bus, changed, now } = options

  async function get(organisation: string, id: string): Promise<TriggerRecord> {
    const trigger = await store.find(organisation, id)
    if (!trigger) throw notFound("trigger", id)
    return withNextAt(trigger)
  }

  return {
    async list(organisation, filter, page) {
      const { items, next } = await store.list(organisation, filter, page)
      return { items: items.map(withNextAt), next }
    },
    get,
    async setStatus(organisation, id, status) {
      const trigger = await store.setStatus(organisation, id, status, now())
      if (!trigger) throw notFound("trigger", id)
      changed(organisation)
      return withNextAt(trigger)
    },
    async test(organisation, id, given) {
      const trigger = await get(organisation, id)
      const { name, configuration } = trigger
      const at = now()
      const scheduledFor = isSchedule(configuration) ? at : null
      const event =
        given === undefined && isSchedule(configuration)
          ? toScheduleEvent({ name, configuration, scheduledFor: at, firedAt: at })
          : given
      return bus.fire(trigger, { cause: "test", key: null, event, scheduledFor })
    },
    async firings(organisation, id, page) {
      const firings = await store.listFirings(organisation, id, page)
      if (firings.items.length === 0) await get(organisation, id)
      return firings
    },
    async replay(organisation, id, firingId) {
      const trigger = await get(organisation, id)
      const origin = await store.findFiring(organisation, id, firingId)
      if (!origin) throw notFound("firing", firingId)
      const { event, scheduledFor } = origin
      return bus.fire(trigger, { cause: "replay", key: null, event, scheduledFor, originId: origin.id })
    },
  }
}

/** Whoever has just declared or resumed a schedule sees what it is about to be planned for. */
function withNextAt(trigger: TriggerRecord): TriggerRecord {
  const { configuration, status, nextAt, updatedAt } = trigger
  if (!isSchedule(configuration) || status === "paused" || nextAt !== null) return trigger
  try {
    const timetable = createTimetable(expressionOf(configuration), configuration.timezone ?? "UTC")
    return { ...trigger, nextAt: timetable.next(updatedAt) }
  } catch (error) {
    // This machine may not know the zone any more: its firings say so, and the others are listed all the same.
    if (error instanceof TimetableError) return trigger
    throw error
  }
}
