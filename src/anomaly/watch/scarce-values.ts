import type { AnomalySettings } from "../../model/anomaly.ts"
import { type ContextState, ContextWindow } from "../context-window.ts"
import { severityOf } from "../create-detector.ts"
import { toScore, toSurprise } from "../ensemble.ts"
import { type MeanState, MovingMean } from "../moving-mean.ts"
import { Tail, type TailState } from "../tail.ts"
import type { DetectorResult } from "../types.ts"
import { type RatesState, UsualRates } from "./usual-rates.ts"

const minuteMs = 60_000
const dayMs = 1440 * minuteMs
const weekMs = 7 * dayMs
/** A silence that a series in order has once in so long is told. */
const toldOnceMs = 5 * weekMs
/** Two points in a row may be late or lost. */
const usualIntervals = 3
/** The silence in which most was missing is known for more than a week, and so are those with a little more. */
const mostKeptMs = 8 * dayMs
const nearlyMost = 0.8
const known = 1.1

export interface ScarceState {
  readonly rates: RatesState
  readonly interval: MeanState
  readonly tail: TailState
  readonly context: ContextState
  readonly since: number
  readonly most: { readonly missing: number; readonly at: number } | null
  readonly isTold: boolean
}

/**
 * Silences of a series whose values come at random: the signal is how many values would have come meanwhile, by the rates that are usual at that time of day and
 * week. So a function that is called less at night is missed as soon in the afternoon as one that is called as much at any time (random
 * times become a Poisson process of rate one by the expected number: the time-rescaling theorem; Papangelou, "Integrability of expected increments of
 * point processes", 1972). How rare it is, the silences of the past say, and none is told in which less is missing than in one of the last eight days.
 */
export class ScarceValues {
  private context: ContextWindow
  private readonly rates: UsualRates
  private readonly interval: MovingMean
  private readonly tail: Tail
  private since: number
  /** Where the last minute with values began; null where nobody has watched since. */
  private at: number | null = null
  /** Values that would have come since then, up to `missedTo`. */
  private missing = 0
  private missedTo = 0
  private most: ScarceState["most"]
  private isTold: boolean

  constructor({ context }: Pick<AnomalySettings, "context">, at: number, state?: ScarceState) {
    this.context = new ContextWindow(context.before, context.after, state?.context)
    this.rates = new UsualRates(state?.rates)
    this.interval = new MovingMean(200, state?.interval)
    this.tail = new Tail(state?.tail)
    this.since = state?.since ?? Number.POSITIVE_INFINITY
    this.most = state?.most ?? null
    this.isTold = state?.isTold ?? false
    if (state) [this.at, this.missedTo] = [at, at + minuteMs]
  }

  /** Whether the present silence was told. */
  get wasTold(): boolean {
    return this.isTold
  }

  /** Goes on with other settings. */
  configure({ context }: Pick<AnomalySettings, "context">): void {
    this.context = new ContextWindow(context.before, context.after, this.context.toJSON())
  }

  /** It was told elsewhere. */
  tell(): void {
    this.isTold = true
  }

  /** Nobody has watched since the last values. */
  resume(): void {
    this.at = null
    this.rates.resume()
  }

  /** Takes a minute with values; answers nothing, for what comes is never missing. */
  push(at: number, count: number): void {
    if (this.since === Number.POSITIVE_INFINITY) this.since = at
    if (this.at !== null && at > this.at) {
      this.miss(at)
      this.interval.push(at - this.at)
      this.tail.add(this.missing)
      this.remember(at)
    }
    this.rates.push(at, count)
    this.context.push(count)
    this.at = at
    this.missing = 0
    this.missedTo = at + minuteMs
    this.isTold = false
  }

  /** What is to be said of no values up to a time; null where that is nothing. */
  silence(end: number, { weights }: Pick<AnomalySettings, "weights">, least: number): DetectorResult | null {
    // The silence in which the first week ends is not known yet, either.
    if (this.at === null || this.isTold || this.at - this.since < weekMs) return null
    this.miss(end)
    if (end - this.at <= usualIntervals * this.interval.mean) return null
    const { most, missing } = this
    if (most && end - most.at <= mostKeptMs && missing <= known * most.missing) return null
    const surprise = this.tail.surprise(missing)
    const telling = Math.log(toldOnceMs / Math.max(this.interval.mean, minuteMs))
    const total = Object.values(weights).reduce((sum, one) => sum + one, 0)
    const share = Math.sqrt((Object.keys(weights).length * weights.silence) / total)
    const score = toScore((toSurprise(tellingScore) * share * surprise) / telling)
    if (score < least) return null
    this.isTold = true
    const none = (weight: number) => ({ surprise: 0, weight })
    return {
      ...{ timestampMs: end, value: null, score, unusual: score, isAnomaly: true, severity: severityOf(score) },
      consensus: weights.silence / total,
      breakdown: {
        value: none(weights.value),
        rhythm: none(weights.rhythm),
        variability: none(weights.variability),
        silence: { surprise, weight: weights.silence },
      },
      before: this.context.before(),
    }
  }

  toJSON(): ScarceState {
    const { rates, interval, tail, context, since, most, isTold } = this
    return {
      ...{ rates: rates.toJSON(), interval: interval.toJSON(), tail: tail.toJSON(), context: context.toJSON() },
      ...{ since, most, isTold },
    }
  }

  private miss(end: number): void {
    this.missing += this.rates.expected(this.missedTo, end)
    this.missedTo = Math.max(this.missedTo, end)
  }

  private remember(at: number): void {
    const { most, missing } = this
    if (!most || at - most.at > mostKeptMs) this.most = { missing, at }
    else if (missing >= nearlyMost * most.missing) this.most = { missing: Math.max(missing, most.missing), at }
  }
}

/** What is as rare as that scores by default as much as is asked for. */
const tellingScore = 0.6
