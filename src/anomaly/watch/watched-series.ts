import type { Anomaly, AnomalySettings } from "../../model/anomaly.ts"
import { type AlertSeverity, alertSeverities } from "../../model/severity.ts"
import { createDetector, severityOf } from "../create-detector.ts"
import { toScore, toSurprise } from "../ensemble.ts"
import type { Detector, DetectorResult, DetectorState } from "../types.ts"
import { type FewState, FewValues } from "./few-values.ts"
import { type ScarceState, ScarceValues } from "./scarce-values.ts"
import { jointKeys, type Signal, toValue } from "./signals.ts"

const minuteMs = 60_000
/** A finding is reported within three points. */
const pointsAwaited = 2
const dayMs = 86_400_000
/** The mean of so many values is worth a point; fewer are put together for so long. */
const enoughValues = 10
const gatherMs = 10 * minuteMs
/** Points that are only learned from. */
const minimumHistory = 144
/** The longest silence is forgotten when none that was nearly as long came for more than a week. */
const longestKeptMs = 8 * dayMs
/** Silences as long as that are known. */
const known = 1.1
/** The largest sum of a minute is half forgotten after some seven hundred. */
const peakKept = 0.999
/** What is so many times as much needs no other minute to confirm it. */
const farMore = 10
/** One trouble is one finding, unless it gets worse. */
const toldMs = 120 * minuteMs

interface Gathering {
  readonly at: number
  readonly count: number
  readonly sum: number
}

/** A finding that one of the next points must confirm. */
interface Pending {
  readonly result: DetectorResult
  /** For so many points. */
  readonly left: number
  /** Whether it is of a minute of few values, and such minutes are its points. */
  readonly isOfFew?: boolean
}

/** What is kept of a series, as JSON. */
export interface WatchedState {
  readonly version: 1
  readonly since: number
  readonly points: number
  readonly gathering: Gathering | null
  readonly longest: { readonly ms: number; readonly at: number } | null
  readonly pending: Pending | null
  readonly detector: DetectorState
  readonly few?: FewState | undefined
  readonly told?: Told | undefined
  readonly scarce?: ScarceState | undefined
}

/** What was found of it lately. */
interface Told {
  readonly at: number
  readonly severity: AlertSeverity
}

/** What scores less is never told: at sensitivity 1. */
const leastThreshold = 0.2

/** What an anomaly scores at least, by the settings. */
export function thresholdOf({ sensitivity }: Pick<AnomalySettings, "sensitivity">): number {
  return Math.max(1 - (1 - leastThreshold) * sensitivity, leastThreshold)
}

/** One of two that are judged together scores so at least where both do what is asked for. */
function candidateThreshold(settings: AnomalySettings, { series }: Signal): number {
  const threshold = thresholdOf(settings)
  return threshold < 1 && jointKeys.has(series.key) ? toScore(toSurprise(threshold) / Math.SQRT2) : threshold
}

/** One series with its detector: makes points of minutes. */
export class WatchedSeries {
  readonly signal: Signal
  /** Where the last minute begins that it had values in. */
  at: number
  /** Where that minute began when it was stored last. */
  storedAt: number = Number.NEGATIVE_INFINITY
  settings: AnomalySettings
  points = 0
  /** When its first point was. */
  since: number
  private previousAt: number | null = null
  private gathering: Gathering | null = null
  private longest: WatchedState["longest"] = null
  private pending: Pending | null = null
  private told: Told | undefined
  private detector: Detector
  /** The largest sum of a minute lately. */
  private peak = 0
  /** From the first minute on that had few values. */
  private few: FewValues | undefined
  /** Where its silence says something. */
  private scarce: ScarceValues | undefined

  constructor(signal: Signal, settings: AnomalySettings, at: number, state?: WatchedState) {
    this.signal = signal
    this.settings = settings
    this.at = at
    this.since = state?.since ?? Number.POSITIVE_INFINITY
    this.points = state?.points ?? 0
    this.gathering = state?.gathering ?? null
    this.longest = state?.longest ?? null
    this.pending = state?.pending ?? null
    if (state) {
      this.storedAt = at
      this.previousAt = at
    }
    this.told = state?.told
    this.detector = this.create(state?.detector)
    if (state?.few) this.few = this.createFew(state.few)
    if (signal.tellsSilence) this.scarce = new ScarceValues(settings, at, state?.scarce)
  }

  configure(settings: AnomalySettings): void {
    if (settings === this.settings) return
    const isSame = JSON.stringify(settings) === JSON.stringify(this.settings)
    this.settings = settings
    if (isSame) return
    this.detector = this.create(this.detector.toJSON())
    if (this.few) this.few = this.createFew(this.few.toJSON())
    this.scarce?.configure(settings)
  }

  /** Nobody has watched since it was last heard of: that is no silence. */
  resume(): void {
    this.previousAt = null
    this.scarce?.resume()
  }

  /** Has a finding wait for one of the next points that is unusual, too. */
  await(result: DetectorResult, isOfFew: boolean): void {
    this.pending = { result, left: pointsAwaited, isOfFew }
  }

  /** The finding that waits, where this point confirms it. */
  confirm({ unusual }: DetectorResult, isOfFew: boolean): DetectorResult | null {
    const { pending } = this
    if (!pending) return null
    // What has added up needs no other to confirm it.
    const isConfirmed = unusual >= thresholdOf(this.settings) && !(isOfFew && this.signal.few === "shares")
    const left = pending.left - (isOfFew === (pending.isOfFew ?? false) ? 1 : 0)
    this.pending = isConfirmed || left === 0 ? null : { ...pending, left }
    return isConfirmed ? pending.result : null
  }

  /** It was told: what is no worse is the same trouble for a while. Answers what takes that back. */
  tell({ at, severity }: Pick<Anomaly, "at" | "severity">): () => void {
    const before = this.told
    this.told = { at, severity }
    return () => {
      this.told = before
    }
  }

  /** Whether a sum is far from any of a minute lately. */
  isFarMore(sum: number): boolean {
    return sum >= farMore * this.peak
  }

  /** Whether a part of a minute may tell already that there is too much in it. */
  get isSum(): boolean {
    return this.signal.figure === "sum"
  }

  /**
   * What is to be said of a minute that goes on, with what it has come to by now; nothing is learned of it. Null unless that is
   * more than lately: the minute may become more unusual then, and no less.
   */
  glance(at: number, count: number, sum: number): DetectorResult | null {
    if (!this.isSum || at <= this.at || this.points <= minimumHistory || sum <= this.peak) return null
    const state: DetectorState = JSON.parse(JSON.stringify(this.detector.toJSON()))
    const result = this.create(state).push(toValue(this.signal, { count, sum }), at)
    return result.before && sum > result.before.max ? result : null
  }

  /** What is new in a result, beside what was told. */
  fresh(result: DetectorResult): DetectorResult {
    const { told } = this
    if (!told || result.value === null || Math.abs(result.timestampMs - told.at) >= toldMs) return result
    const isWorse = alertSeverities.indexOf(severityOf(result.score)) > alertSeverities.indexOf(told.severity)
    return isWorse ? result : { ...result, score: 0 }
  }

  /** What is to be said of a minute by itself, where it has few values. */
  takeFew(at: number, count: number, sum: number): DetectorResult | null {
    if (!this.signal.few || count >= enoughValues) return null
    this.few ??= this.createFew()
    return this.few.push({ at, count, sum }, candidateThreshold(this.settings, this.signal))
  }

  /** Takes a minute of values; what is to be said of the point that is complete with it, if one is. */
  take(at: number, count: number, sum: number): DetectorResult | null {
    this.at = at
    this.scarce?.push(at, count)
    if (!this.signal.gathers) return this.push({ at, count, sum })
    const before = this.gathering
    const all = before ? { at: before.at, count: before.count + count, sum: before.sum + sum } : { at, count, sum }
    this.gathering = all
    return this.complete(at + minuteMs)
  }

  /** What is to be said of the point that is complete by then, if one is. */
  complete(end: number): DetectorResult | null {
    const { gathering } = this
    if (!gathering || (gathering.count < enoughValues && end < gathering.at + gatherMs)) return null
    this.gathering = null
    return this.push(gathering)
  }

  /** Whether it says something that there were no values up to then. */
  canBeSilent(): boolean {
    return this.signal.tellsSilence && this.points > minimumHistory
  }

  /** What is to be said of no values up to then; null where there were silences as long lately. */
  silence(end: number): DetectorResult | null {
    if (!this.canBeSilent() || this.previousAt === null) return null
    if (this.scarce?.wasTold) return null
    const soon = this.scarce?.silence(end, this.settings, thresholdOf(this.settings))
    if (soon) return soon
    const { longest } = this
    const isKnown = longest && end - longest.at <= longestKeptMs && end - this.previousAt <= known * longest.ms
    const result = isKnown ? null : this.detector.silence(end)
    if (result?.isAnomaly) this.scarce?.tell()
    return result
  }

  toState(): WatchedState {
    const { since, points, gathering, longest, pending, detector, few, told, scarce } = this
    const learned = { detector: detector.toJSON(), few: few?.toJSON(), scarce: scarce?.toJSON() }
    return { version: 1, since, points, gathering, longest, pending, told, ...learned }
  }

  private push(point: Gathering): DetectorResult {
    const { at } = point
    if (this.points === 0) this.since = at
    this.points++
    if (this.previousAt !== null) this.remember(at - this.previousAt, at)
    this.previousAt = at
    if (this.isSum) this.peak = Math.max(point.sum, peakKept * this.peak)
    return this.detector.push(toValue(this.signal, point), at)
  }

  private remember(ms: number, at: number): void {
    const { longest } = this
    if (!longest || at - longest.at > longestKeptMs) this.longest = { ms, at }
    else if (ms >= 0.8 * longest.ms) this.longest = { ms: Math.max(ms, longest.ms), at }
  }

  private createFew(state?: FewState): FewValues {
    return new FewValues(this.signal.few ?? "sizes", this.settings, state)
  }

  private create(state: DetectorState | undefined): Detector {
    const { weights, context } = this.settings
    const sensitivity = 1 - candidateThreshold(this.settings, this.signal)
    return createDetector({ sensitivity, weights, context, minimumHistory, ...(state && { state }) })
  }
}
