import type { AnomalySettings, ContextSummary } from "../../model/anomaly.ts"
import { type ContextState, ContextWindow } from "../context-window.ts"
import { severityOf } from "../create-detector.ts"
import { toScore, toSurprise } from "../ensemble.ts"
import { inTail } from "../tail.ts"
import type { DetectorResult } from "../types.ts"
import { type SharesState, UnusualShares } from "./unusual-shares.ts"
import { type SizesState, UnusualSizes } from "./unusual-sizes.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const weekMs = 7 * 24 * hourMs
/** What a series in order does once in five weeks, minute by minute, is told at once: it scores 0.7. */
const tellingSurprise: number = Math.log((5 * weekMs) / minuteMs)
const scale: number = toSurprise(0.7) / tellingSurprise
/** Of so rare a function a point counts as if it were called once in half an hour. */
const longestApart = 30
/**
 * It confirms another by how rare it is among points, for the next ones follow however far apart they are: it counts as if they were three minutes apart at
 * most. So one that scores 0.6 by chance, as ten a week do, is confirmed by chance once in some twenty weeks.
 */
const confirmingApart: number = Math.log(3)
/** Points that are only learned from: of fewer, nobody knows how rare the rarest are. */
const minimumHistory = 1000
/** Earlier findings that are known, and for how long. */
const maxKnown = 16
const knownMs = 4 * weekMs
/** What surprises less is not remembered. */
const leastKnown = 5
const maxSurprise = 32
/** A finding is like one that was so much of it. */
const alike = 0.8

interface Known {
  /** When it was seen last. */
  readonly at: number
  readonly surprise: number
}

export interface FewState {
  readonly since: number
  readonly points: number
  readonly known: readonly Known[]
  readonly context: ContextState
  readonly evidence: SharesState | SizesState
}

/** What says how rare the few values of a minute are, as minus the logarithm of their chance. */
interface Evidence {
  push(minute: { readonly at: number; readonly count: number; readonly sum: number }): number
  toJSON(): FewState["evidence"]
}

/**
 * Minutes of few values: each is judged by itself, at once, by how rare so many such values are, rather than when enough have been put together.
 * A function that is called twice a minute shows in its first slow calls that it has become slow.
 *
 * Where a function is called less than once a minute, its points may be the rarer for it: what counts is how often something would be told in
 * a week of nothing wrong. What came as unusual more than once a week before counts as no rarer than that.
 */
export class FewValues {
  private readonly settings: Pick<AnomalySettings, "weights">
  private since: number
  private points: number
  private known: readonly Known[]
  private readonly context: ContextWindow
  private readonly evidence: Evidence

  constructor(kind: "sizes" | "shares", settings: Pick<AnomalySettings, "weights" | "context">, state?: FewState) {
    this.settings = settings
    this.since = state?.since ?? Number.POSITIVE_INFINITY
    this.points = state?.points ?? 0
    this.known = state?.known ?? []
    this.context = new ContextWindow(settings.context.before, settings.context.after, state?.context)
    this.evidence =
      kind === "shares"
        ? new UnusualShares(state?.evidence as SharesState | undefined)
        : new UnusualSizes(state?.evidence as SizesState | undefined)
  }

  /** `least` is what scores as an anomaly, perhaps with another series. */
  push(minute: { readonly at: number; readonly count: number; readonly sum: number }, least: number): DetectorResult {
    const { at } = minute
    const value = minute.sum / minute.count
    if (this.points === 0) this.since = at
    this.points++
    const evidence = this.evidence.push(minute)
    const surprise = evidence > 0 ? this.limited(evidence, at) : 0
    const { weights } = this.settings
    const total = Object.values(weights).reduce((sum, one) => sum + one, 0)
    const weight = scale * Math.sqrt((Object.keys(weights).length * weights.value) / total)
    const score = toScore(weight * surprise)
    const isKnown = this.points > minimumHistory
    const isAnomaly = isKnown && score >= least
    const before: ContextSummary | undefined = isAnomaly ? this.context.before() : undefined
    if (before) this.context.awaitAfter(at, before)
    const completed = this.context.push(value)
    const none = (weight: number) => ({ surprise: 0, weight })
    return {
      // What nobody knows the rareness of confirms nothing, either.
      ...{ timestampMs: at, value, score, isAnomaly },
      unusual: isKnown ? toScore(weight * Math.min(surprise, evidence + confirmingApart)) : 0,
      severity: isAnomaly ? severityOf(score) : null,
      consensus: surprise >= inTail ? weights.value / total : 0,
      breakdown: {
        value: { surprise, weight: weights.value },
        rhythm: none(weights.rhythm),
        variability: none(weights.variability),
        silence: none(weights.silence),
      },
      ...(before && { before }),
      ...(completed && { completed }),
    }
  }

  toJSON(): FewState {
    const { since, points, known } = this
    return { since, points, known, context: this.context.toJSON(), evidence: this.evidence.toJSON() }
  }

  /** By how rare such points are in time; and no more than the past says, by how often it had the like. */
  private limited(evidence: number, at: number): number {
    const minutes = Math.max((at - this.since) / minuteMs, 1)
    const apart = Math.min(Math.max(minutes / this.points, 1), longestApart)
    const surprise = Math.min(Math.max(0, evidence + Math.log(apart)), maxSurprise)
    if (surprise < leastKnown) return surprise
    const past = this.known.filter((one) => at - one.at < knownMs)
    const latest = past.at(-1)
    // What lasts is one trouble.
    const present = latest && at - latest.at < hourMs ? past.pop() : undefined
    const weeks = Math.min(Math.max(minutes * minuteMs, weekMs), knownMs) / weekMs
    const like = past.filter((one) => one.surprise >= alike * surprise).length
    this.known = [...past, { at, surprise: Math.max(present?.surprise ?? 0, surprise) }].slice(-maxKnown)
    return like > weeks ? Math.min(surprise, Math.log((weeks * weekMs) / minuteMs / like)) : surprise
  }
}
