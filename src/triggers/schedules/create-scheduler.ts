import type { TriggerRecord } from "../../model/trigger.ts"
import { isSchedule, type ScheduleTrigger } from "../../model/trigger-declaration.ts"
import type { NewFiring, ScheduleMove, TriggerStore } from "../../ports/trigger-storage.ts"
import type { WakeAfter } from "../../util/wake-after.ts"
import type { Bus } from "../bus/create-bus.ts"
import { type DueTicks, findDueTicks } from "./due-ticks.ts"
import { expressionOf, toScheduleEvent } from "./schedule-event.ts"
import { createTimetable, type Timetable, TimetableError } from "./timetable.ts"

/** What firing schedules needs. */
export interface SchedulerOptions {
  readonly store: Pick<TriggerStore, "listSchedules" | "advance">
  readonly bus: Pick<Bus, "prepare">
  /** Epoch milliseconds, the same in all processes that share the storage. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  /** From 0 to 1. */
  readonly random: () => number
  /** How often to look for what other processes have changed, in milliseconds. @default 2000 */
  readonly pollMs?: number | undefined
  readonly onError: (error: unknown, context: { readonly stage: "schedules" }) => void
}

/** Fires the schedules of all organisations, each time once, whichever of the processes does. */
export interface Scheduler {
  start(): void
  /** Schedules were declared, changed or resumed here. */
  wake(): void
  /** Fires no more, and waits for what is under way. */
  stop(): Promise<void>
}

const retryAfterMs = 1000
/** Schedules that are looked at together. */
const maxSchedules = 200
/** Firings that go into one transaction, and those of one schedule among them. */
const maxFirings = 500
const maxOfSchedule = 100
const maxTimetables = 1000
/** So long the times of schedules may hold up everything else; those of one that seldom fits take tens of milliseconds. */
const maxHoldMs = 10

/** Creates a scheduler that has not been started. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { store, bus, wakeAfter, random, pollMs = 2000, onError } = options
  const timetables = new Map<string, Timetable>()
  let isStarted = false
  let isWoken = false
  let running: Promise<void> | undefined
  let stopWaiting = () => {}

  /** What was fine when it was declared may not be now: a machine may know other zones. */
  function timetableOf(configuration: ScheduleTrigger): Timetable | TimetableError {
    const zone = configuration.timezone ?? "UTC"
    const key = `${zone} ${expressionOf(configuration)}`
    const known = timetables.get(key)
    if (known) return known
    if (timetables.size >= maxTimetables) timetables.clear()
    try {
      const timetable = createTimetable(expressionOf(configuration), zone)
      timetables.set(key, timetable)
      return timetable
    } catch (error) {
      if (error instanceof TimetableError) return error
      throw error
    }
  }

  /** Fires what is due; answers for how long there is nothing to do. */
  async function round(): Promise<number> {
    const now = options.now()
    const schedules = await store.listSchedules(maxSchedules, now)
    const due = schedules.filter(({ nextAt }) => nextAt === null || nextAt <= now)
    if (due.length === 0) return Math.min(pollMs, Math.ceil((schedules[0]?.nextAt ?? Number.POSITIVE_INFINITY) - now))
    const moves: ScheduleMove[] = []
    // All of them go on a little, rather than the first as far as they can.
    const limit = Math.max(1, Math.min(maxOfSchedule, Math.floor(maxFirings / due.length)))
    let heldSince = performance.now()
    for (const trigger of due) {
      if (performance.now() - heldSince > maxHoldMs) {
        await new Promise((resolve) => setImmediate(resolve))
        heldSince = performance.now()
      }
      moves.push(await toMove(trigger, now, limit))
    }
    const advanced = await store.advance(moves)
    // Somebody else is at them just now.
    return advanced === 0 ? 25 + random() * 50 : 0
  }

  async function toMove(trigger: TriggerRecord, now: number, limit: number): Promise<ScheduleMove> {
    const { configuration, nextAt: from, updatedAt } = trigger
    const move = { trigger, from, overlap: "allow", firings: [] } as const
    if (!isSchedule(configuration)) return { ...move, to: null }
    const { catchUp = "last", overlap = "allow" } = configuration
    const timetable = timetableOf(configuration)
    if (timetable instanceof TimetableError) {
      const reason = `The schedule cannot be read any more: its ${timetable.field} ${timetable.message}.`
      return { ...move, to: null, firings: [await withoutCall(trigger, `unread ${now}`, now, "refused", reason)] }
    }
    if (from === null) return { ...move, to: timetable.next(updatedAt) }
    const { fire, missed, next } = findDueTicks(timetable, { from, now, catchUp, limit })
    const firings: NewFiring[] = []
    if (missed) firings.push(await giveUp(trigger, missed))
    for (const scheduledFor of fire) {
      const event = toScheduleEvent({ name: trigger.name, configuration, scheduledFor, firedAt: now })
      const key = new Date(scheduledFor).toISOString()
      const entry = await bus.prepare(trigger, { cause: "schedule", key, event, scheduledFor })
      firings.push(overlap === "queue" ? inLine(entry) : entry)
    }
    return { trigger, from, to: next, overlap, firings }
  }

  /** Tells what nobody was there to fire. */
  function giveUp(trigger: TriggerRecord, { from, to }: NonNullable<DueTicks["missed"]>): Promise<NewFiring> {
    const [first, last] = [from, to].map((time) => new Date(time).toISOString())
    const reason = `Nothing was there to fire it from ${first} to ${last}.`
    return withoutCall(trigger, `missed ${first}`, from, "skipped", reason)
  }

  async function withoutCall(
    trigger: TriggerRecord,
    key: string,
    scheduledFor: number,
    outcome: "skipped" | "refused",
    reason: string,
  ): Promise<NewFiring> {
    const { firing } = await bus.prepare(trigger, { cause: "schedule", key, event: null, scheduledFor })
    return { firing: { ...firing, outcome, reason, jobId: null }, job: null }
  }

  async function run(): Promise<void> {
    if (!isStarted || running) return
    stopWaiting()
    running = fireAll().finally(() => {
      running = undefined
    })
    await running
  }

  async function fireAll(): Promise<void> {
    let delay = 0
    do {
      isWoken = false
      try {
        delay = await round()
      } catch (error) {
        onError(error, { stage: "schedules" })
        delay = retryAfterMs
      }
    } while (isStarted && (delay <= 0 || isWoken))
    if (isStarted) stopWaiting = wakeAfter(delay, run)
  }

  return {
    start() {
      isStarted = true
      void run()
    },
    wake() {
      isWoken = true
      void run()
    },
    async stop() {
      isStarted = false
      stopWaiting()
      await running
    },
  }
}

/** One after the other: the queue holds what comes while the one before is at work. */
function inLine({ firing, job }: NewFiring): NewFiring {
  const lane = { key: `trigger:${firing.triggerId}`, limit: 1 }
  const flow = { gathering: null, throttle: null, ...job?.flow, lanes: [lane, ...(job?.flow?.lanes ?? [])] }
  return { firing, job: job && { ...job, flow } }
}
