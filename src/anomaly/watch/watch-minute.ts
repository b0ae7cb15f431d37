import type { AnomalySettings } from "../../model/anomaly.ts"
import type { AnomalyStore, WatchStep } from "../../ports/anomaly-storage.ts"
import type { MetricMinute, MetricStore } from "../../ports/metric-storage.ts"
import { createBreather } from "../../util/breather.ts"
import { seriesId } from "../../util/series-id.ts"
import type { DetectorResult } from "../types.ts"
import type { Heard } from "./heard.ts"
import { type HeldSeries, toStored } from "./held-series.ts"
import { type Found, isWorthJudging, judge, toAnomalyId } from "./judge.ts"
import { createSettingsOf } from "./settings.ts"
import { jointKeys, nameOf, type Signal, toSignals } from "./signals.ts"
import type { WatchedSeries } from "./watched-series.ts"

/** What watching a minute needs. */
export interface WatchMinuteOptions {
  readonly store: Pick<AnomalyStore, "readSettings" | "listExpected">
  readonly metrics: Pick<MetricStore, "readMinute">
  readonly held: HeldSeries
  /** What holds where an organisation has set nothing. */
  readonly defaults: AnomalySettings
  /** Whether the organisation still has the function. */
  readonly hasFunction: (organisation: string, functionId: string) => Promise<boolean>
}

/** What a minute came to; `owner` and `until` are for whoever writes it down. */
export type MinuteStep = Omit<WatchStep, "owner" | "until">

/** One minute that is being watched: what fails may be tried again, and takes nothing twice. */
export interface WatchedMinute {
  readonly at: number
  /** Series that have had no value since before then are not asked for silence: nobody watched. */
  readonly quietBefore: number
  readonly heard: Map<string, Heard[]>
  readonly completed: WatchStep["completed"][number][]
}

/** Has the series take minutes. `last` is the minute up to which they know all. */
export interface WatchMinute {
  /** Has the series that had values in a minute, as they were at the end of `last`. */
  load(at: number, last: number): Promise<void>
  /** Has every series take a minute, and says what is to be written of it. */
  watch(minute: WatchedMinute, last: number | null): Promise<MinuteStep>
  /** What is certain of a minute that goes on, whatever still comes; series take nothing of it. */
  glance(at: number, present: Iterable<MetricMinute>): Promise<readonly Found[]>
}

const minuteMs = 60_000
const pageSize = 1000
/** Marks of one subject that count; the newest do. */
const maxMarks = 50
/** So many series of a minute are asked for silence after another process has stopped. */
const maxLoaded = 10_000

/** Creates it. */
export function createWatchMinute({ store, metrics, held, defaults, hasFunction }: WatchMinuteOptions): WatchMinute {
  function hear(
    { heard, completed }: WatchedMinute,
    watched: WatchedSeries,
    result: DetectorResult | null,
    isOfFew = false,
  ): void {
    if (!result) return
    const { organisation } = watched.signal.series
    if (result.completed) {
      const { timestampMs, after } = result.completed
      completed.push({ organisation, id: toAnomalyId(watched, { timestampMs, value: 0 }), after })
    }
    const one = withPending(watched, watched.fresh(result), isOfFew)
    if (!isWorthJudging(one)) return
    const name = nameOf({ organisation, id: watched.signal.subject })
    const together = heard.get(name) ?? []
    heard.set(name, together)
    // A minute may be told of by itself and by the point that it completes; what either confirms is confirmed.
    const place = together.findIndex((other) => other.watched === watched)
    const present = together[place]
    if (present === undefined) together.push(one)
    else {
      const isConfirmed = present.isConfirmed === true || one.isConfirmed === true
      together[place] = { ...(present.result.score < one.result.score ? one : present), isConfirmed }
    }
  }

  async function takePage(minute: WatchedMinute, page: readonly MetricMinute[], last: number | null): Promise<void> {
    const wanted = await hold(page, last)
    const breathe = createBreather()
    for (const { signal, settings, one } of wanted) {
      const watched = held.get(signal)
      if (!watched || watched.at >= minute.at) continue
      if (watched.at < minute.quietBefore) watched.resume()
      watched.configure(settings)
      held.touch(watched)
      hear(minute, watched, watched.takeFew(minute.at, one.count, one.sum), true)
      hear(minute, watched, watched.take(minute.at, one.count, one.sum))
      await breathe()
    }
  }

  /** Has the series of a page that are to be watched. */
  async function hold(page: readonly MetricMinute[], last: number | null) {
    const organisations = [...new Set(page.map(({ series }) => series.organisation))]
    const settingsOf = createSettingsOf(await store.readSettings(organisations), defaults)
    const all = page.flatMap((one) => {
      const settings = settingsOf(one.series.organisation, one.series.functionId)
      return toSignals(one.series).map((signal) => ({ signal, settings, one }))
    })
    for (const { signal, settings } of all) if (!settings.enabled) held.drop(signal)
    const wanted = all.filter(({ settings }) => settings.enabled)
    await held.ensure(wanted, last)
    return wanted
  }

  async function takeValues(minute: WatchedMinute, last: number | null): Promise<void> {
    let after: Signal["series"] | undefined
    for (;;) {
      const page = await metrics.readMinute(minute.at, { limit: pageSize, after })
      await takePage(minute, page, last)
      after = page.at(-1)?.series
      if (page.length < pageSize) return
    }
  }

  async function takeNothing(minute: WatchedMinute): Promise<void> {
    const end = minute.at + minuteMs
    const breathe = createBreather()
    for (const watched of held.all()) {
      await breathe()
      if (watched.at >= minute.at) continue
      hear(minute, watched, watched.complete(end))
      if (watched.at >= minute.quietBefore) hear(minute, watched, watched.silence(end))
    }
  }

  /** Those that are judged together with one, and itself. */
  function judgedWith(watched: WatchedSeries): readonly WatchedSeries[] {
    const { series } = watched.signal
    const { organisation, key, functionId, dimensions } = series
    if (!jointKeys.has(key)) return [watched]
    return [...jointKeys].flatMap((one) => {
      const id = seriesId(one, functionId, dimensions)
      return held.get({ ...watched.signal, series: { ...series, organisation, id } }) ?? []
    })
  }

  /** What is found of one subject; null where it is nothing, or nothing any more. */
  async function find(heard: readonly Heard[]): Promise<Found | null> {
    const [first] = heard
    // Nothing is asked for where nothing would come of it.
    if (!first || !judge(heard, [])) return null
    const { series, subject } = first.watched.signal
    const { organisation, functionId } = series
    if (functionId !== null && !(await hasFunction(organisation, functionId))) {
      for (const { watched } of heard) held.drop(watched.signal)
      return null
    }
    return judge(heard, await store.listExpected(organisation, subject, maxMarks))
  }

  return {
    async glance(at, present) {
      const found: Found[] = []
      const breathe = createBreather()
      for (const { series, count, sum } of present) {
        for (const signal of toSignals(series)) {
          const watched = held.get(signal)
          const result = watched?.glance(at, count, sum)
          if (!watched || !result) continue
          const heard = { watched, result: watched.fresh(result), isConfirmed: watched.isFarMore(sum) }
          const one = isWorthJudging(heard) ? await find([heard]) : null
          if (one?.isCertain) found.push(one)
        }
        await breathe()
      }
      return found
    },
    async load(at, last) {
      await hold(await metrics.readMinute(at, { limit: maxLoaded }), last)
    },
    async watch(minute, last) {
      // Before anything is put aside or counts as told, which could not be done again.
      await held.dropRemoved(minute.at)
      await takeValues(minute, last)
      await takeNothing(minute)
      const found: Found[] = []
      const awaiting: Found[] = []
      for (const [subject, heard] of minute.heard) {
        const one = await find(heard)
        // What is something is judged again where judging the others fails.
        if (!one) minute.heard.delete(subject)
        else if (one.isCertain) found.push(one)
        else awaiting.push(one)
      }
      for (const { watched, result, isOfFew } of awaiting) watched.await(result, isOfFew)
      const changed = new Set(awaiting.map(({ watched }) => watched))
      for (const { watched, anomaly } of found) {
        changed.add(watched)
        for (const one of judgedWith(watched)) {
          one.tell(anomaly)
          changed.add(one)
        }
      }
      // Whoever goes on from what is stored finds nothing again, and confirms what waits.
      const own = [...changed].map(toStored)
      const states = [...own, ...(await held.toStore(minute.at))]
      return { from: last, to: minute.at, found, completed: minute.completed, states }
    },
  }
}

/** What a point says; or what one before it said, where this one is as unusual. */
function withPending(watched: WatchedSeries, result: DetectorResult, isOfFew: boolean): Heard {
  const pending = result.value === null ? null : watched.confirm(result, isOfFew)
  if (!pending) return { watched, result, isOfFew }
  return { watched, result: result.score > pending.score ? result : pending, isOfFew, isConfirmed: true }
}
