import type { Anomaly } from "../../model/anomaly.ts"
import type { AnomalyStore } from "../../ports/anomaly-storage.ts"
import type { MetricMinute } from "../../ports/metric-storage.ts"
import type { WakeAfter } from "../../util/wake-after.ts"
import { createHeldSeries, type HeldSeriesOptions, toStored } from "./held-series.ts"
import { createWatchMinute, type MinuteStep, type WatchedMinute, type WatchMinuteOptions } from "./watch-minute.ts"

/** What watching needs. */
export interface WatchOptions extends Omit<WatchMinuteOptions, "store" | "metrics" | "held"> {
  readonly store: AnomalyStore
  readonly metrics: WatchMinuteOptions["metrics"] & HeldSeriesOptions["metrics"]
  readonly maxSeries: number
  /** Has what this process has measured written down. */
  readonly flush: () => Promise<void>
  /** What this process has measured by now in a minute that goes on, of what is too much once there is much of it. @default nothing */
  readonly present?: (at: number) => Iterable<MetricMinute>
  /** How often to look though this process has measured nothing. */
  readonly pollMs: number
  /** Tells this process from the others. */
  readonly owner: string
  /** Epoch milliseconds, the same in all processes that share the storage. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly found: (anomaly: Anomaly) => void
  readonly warn: (message: string) => void
  readonly onError: (error: unknown, context: { readonly stage: "anomalies" }) => void
}

/** Watches all series of all organisations, minute by minute: one process does. */
export interface Watch {
  /** A minute had values. */
  hint(): void
  /** A function is gone: nothing is known of it any more. */
  forget(organisation: string, functionId: string): void
  start(): void
  /** Gives the watch up to another process. */
  stop(): Promise<void>
}

const minuteMs = 60_000
const dayMs = 86_400_000
/** Windows are written a second after their minute; those of other processes may take some more. */
const delayMs = 5000
/** So often the minute that goes on is looked at: in its seconds 10, 30 and 50. */
const glanceMs = 20_000
/** What was sent lately may be sent again. */
const sentLatelyMs = 60 * minuteMs
/** After a failure of the storage, others may still have to try again what they could not write. */
const recoveryMs = 10_000
/** A process that says nothing for so long has lost the watch. */
const leaseMs = 90_000
/** Minutes that lie further back are not watched any more. */
const longestBehindMs = 60 * minuteMs
/** Who takes the watch over so soon sees silences go on. */
const seamlessMs = 10 * minuteMs

/** Creates it. */
export function createWatch(options: WatchOptions): Watch {
  const { store, flush, pollMs, owner, now, wakeAfter, found, onError } = options
  const held = createHeldSeries(options)
  const minutes = createWatchMinute({ ...options, held })
  /** The last minute that was watched, null before the first; undefined where this process does not know. */
  let last: number | null | undefined
  let quietBefore = Number.NEGATIVE_INFINITY
  let current: WatchedMinute | undefined
  /** What could not be written yet. */
  let step: MinuteStep | undefined
  let isHinted = false
  let settledAt = Number.NEGATIVE_INFINITY
  let disarm: (() => void) | undefined
  let disarmGlance: (() => void) | undefined
  let running: Promise<void> = Promise.resolve()
  let isStarted = false

  function forget(): void {
    held.clear()
    last = undefined
    current = undefined
    step = undefined
  }

  /** The last minute that all have written. */
  function dueMinute(): number {
    return Math.floor((now() - delayMs) / minuteMs) * minuteMs - minuteMs
  }

  /** A clock that was put back leaves no wait that is longer than it was. */
  function untilSettled(): number {
    const left = settledAt - now()
    return left > recoveryMs ? 0 : left
  }

  /** The clock ran ahead, and was put right: what was watched by it counts no more. */
  async function goBack(): Promise<void> {
    const due = dueMinute()
    if (typeof last !== "number" || last - due <= seamlessMs) return
    held.clear()
    current = undefined
    step = undefined
    quietBefore = due
    await watchNext(last, due)
  }

  async function run(): Promise<void> {
    const leading = await store.lead(owner, now(), now() + leaseMs)
    if (!leading) return forget()
    if (untilSettled() > 0) return
    isHinted = false
    if (leading.at !== last) await takeOver(leading.at)
    await goBack()
    await flush()
    for (let due = dueMinute(); isStarted && last !== undefined && due > (last ?? due - minuteMs); due = dueMinute()) {
      await watchNext(last, due)
    }
  }

  /** Goes on from where another process has stopped, or this one before a restart. */
  async function takeOver(at: number | null): Promise<void> {
    forget()
    const due = dueMinute()
    if (at === null || due - at > seamlessMs) quietBefore = due
    else {
      quietBefore = at - seamlessMs
      await loadRecent(at)
    }
    last = at
  }

  /** Those that had values lately may have fallen silent. */
  async function loadRecent(at: number): Promise<void> {
    for (let minute = at - seamlessMs + minuteMs; minute <= at; minute += minuteMs) {
      await minutes.load(minute, at)
    }
  }

  async function watchNext(before: number | null, due: number): Promise<void> {
    if (before !== null && due - before > seamlessMs) quietBefore = Math.max(quietBefore, due)
    const known = before === null ? null : Math.min(before, due - minuteMs)
    const next = Math.max(known ?? due - minuteMs, due - longestBehindMs) + minuteMs
    current ??= { at: next, quietBefore, heard: new Map(), completed: [] }
    step ??= { ...(await minutes.watch(current, known)), from: before }
    const fresh = await store.advance({ ...step, owner, until: now() + leaseMs })
    if (fresh === null) return forget()
    last = step.to
    current = undefined
    step = undefined
    for (const anomaly of fresh) found(anomaly)
  }

  /** Whether something is to be seen in a minute without values. */
  function awaitsSilence(): boolean {
    const since = now() - dayMs
    for (const watched of held.all()) if (watched.at > since && watched.canBeSilent()) return true
    return false
  }

  function arm(): void {
    disarm?.()
    disarm = undefined
    armGlance()
    if (!isStarted) return
    const untilDue = minuteMs - ((now() - delayMs) % minuteMs)
    const isNear = isHinted || step !== undefined || current !== undefined || awaitsSilence()
    const wait = untilSettled() > 0 ? untilSettled() : isNear ? untilDue : Math.max(pollMs, untilDue)
    disarm = wakeAfter(wait, look)
  }

  /** Looks at the minute that goes on, where all before it is known. */
  async function glance(): Promise<void> {
    const at = Math.floor(now() / minuteMs) * minuteMs
    if (!isStarted || last !== at - minuteMs || current || step) return
    const found = await minutes.glance(at, options.present?.(at) ?? [])
    if (found.length === 0) return
    const undo = found.map(({ watched, anomaly }) => watched.tell(anomaly))
    try {
      const states = found.map(({ watched }) => toStored(watched))
      const until = now() + leaseMs
      const fresh = await store.advance({ owner, from: last, to: last, until, found, completed: [], states })
      if (fresh === null) return forget()
      for (const anomaly of fresh) options.found(anomaly)
    } catch (error) {
      for (const takeBack of undo) takeBack()
      throw error
    }
  }

  function armGlance(): void {
    disarmGlance?.()
    disarmGlance = undefined
    if (!isStarted || last === undefined || !options.present) return
    const since = now() - sentLatelyMs
    if (![...held.all()].some((watched) => watched.isSum && watched.at > since)) return
    const wait = glanceMs - ((now() + glanceMs / 2) % glanceMs)
    disarmGlance = wakeAfter(wait, () => {
      running = running
        .then(glance)
        .catch((error: unknown) => onError(error, { stage: "anomalies" }))
        .then(armGlance)
      return running
    })
  }

  function look(): Promise<void> {
    running = running
      .then(run)
      .catch((error: unknown) => {
        settledAt = now() + recoveryMs
        onError(error, { stage: "anomalies" })
      })
      .then(arm)
    return running
  }

  return {
    hint() {
      if (isHinted) return
      isHinted = true
      arm()
    },
    forget: held.dropFunction,
    start() {
      isStarted = true
      arm()
    },
    async stop() {
      isStarted = false
      disarm?.()
      disarmGlance?.()
      await running
      if (last === undefined) return
      forget()
      await store.release(owner).catch((error: unknown) => onError(error, { stage: "anomalies" }))
    },
  }
}
