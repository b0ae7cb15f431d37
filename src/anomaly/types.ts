import type { AnomalyMethod, ContextSummary, MethodFinding } from "../model/anomaly.ts"
import type { AlertSeverity } from "../model/severity.ts"

export interface DetectorOptions {
  /**
   * How much is reported, from 0 (nothing) to 1 (almost everything). A point is an anomaly when its score is at least
   * `1 - sensitivity`, and 0.1.
   * @default 0.5
   */
  readonly sensitivity?: number
  /** How much each method counts, against the others; one that is left out counts 1, and 0 turns it off. */
  readonly weights?: Readonly<Partial<Record<AnomalyMethod, number>>>
  /** How many points before and after an anomaly its context covers, each from 0 to 10,000. Sixty each by default. */
  readonly context?: { readonly before?: number; readonly after?: number }
  /**
   * Points that are only learned from: none of them is an anomaly.
   * @default 144
   */
  readonly minimumHistory?: number
  /** What `toJSON()` of an earlier detector gave: the new one goes on where that one stopped. */
  readonly state?: DetectorState
}

/** An anomaly whose points after it have all come. */
export interface CompletedContext {
  readonly timestampMs: number
  readonly before: ContextSummary
  readonly after: ContextSummary
}

export interface DetectorResult {
  readonly timestampMs: number
  /** Null where the result is about no point: of `silence()`. */
  readonly value: number | null
  /**
   * How unusual the point is, from 0 to 1, by all methods together. 0 while an anomaly that was as high is fewer than 120 points
   * back: it tells what is new.
   */
  readonly score: number
  /** The same without regard to what was reported lately. */
  readonly unusual: number
  readonly isAnomaly: boolean
  /** By the score; null where the point is no anomaly. */
  readonly severity: AlertSeverity | null
  /** The weighted share of methods to which the point is among the rarest 2 % of their past, from 0 to 1. */
  readonly consensus: number
  readonly breakdown: Readonly<Record<AnomalyMethod, MethodFinding>>
  /** The points before an anomaly. */
  readonly before?: ContextSummary
  /** The whole context of an earlier anomaly, once the last point of it has come. */
  readonly completed?: CompletedContext
}

export interface Detector {
  /**
   * Takes the next point and says how unusual it is, by the points before it alone. Points are taken in the order in which they come: a
   * time that goes back is no silence. `FN_006` where the value or the time is not finite; the detector is then as it was.
   */
  push(value: number, timestampMs: number): DetectorResult
  /** Says whether it is unusual that no point has come up to now. Each silence scores once. */
  silence(nowMs: number): DetectorResult
  /** All that the detector has learned, as JSON: at most some 100 kB. */
  toJSON(): DetectorState
}

/** What a detector has learned. Its fields may change with a new `version`. */
export interface DetectorState {
  readonly version: 1
  readonly points: number
  /** Whether the present silence was told. */
  readonly isSilent?: boolean
  readonly methods: Readonly<Record<AnomalyMethod, unknown>>
  readonly episode: unknown
  readonly context: unknown
}
