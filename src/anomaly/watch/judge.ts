import { createHash } from "node:crypto"
import type { Anomaly } from "../../model/anomaly.ts"
import { severityOf } from "../create-detector.ts"
import { toScore, toSurprise } from "../ensemble.ts"
import type { DetectorResult } from "../types.ts"
import type { Heard } from "./heard.ts"
import { likeness } from "./likeness.ts"
import { jointKeys } from "./signals.ts"
import { thresholdOf, type WatchedSeries } from "./watched-series.ts"

/** What was found, and in which series. */
export interface Found {
  readonly anomaly: Anomaly
  readonly subject: string
  readonly watched: WatchedSeries
  readonly result: DetectorResult
  readonly isOfFew: boolean
  /** Whether it is to be told now, or only if one of the next points is unusual, too. */
  readonly isCertain: boolean
}

const weekMs = 7 * 86_400_000
/**
 * What scores so much more than is asked for is told at once: by default no method alone can, two agree or two series do. Before a
 * series was seen for a week its rhythm is not known, and nothing else is told but silence.
 */
const certainMore = 0.1

/** Whether it may be worth an anomaly, alone or with what else is said of the function. */
export function isWorthJudging({ result }: Heard): boolean {
  if (result.score === 0) return false
  // A gap is told once, while it lasts: by `silence`, and of the calls.
  if (result.value === null) return true
  const { silence, ...others } = result.breakdown
  return Object.values(others).some(({ surprise }) => surprise >= silence.surprise)
}

/**
 * Makes an anomaly of what was heard of one subject in one minute, null where it is none. Durations and errors count jointly:
 * the surprises of both as the root of the sum of their squares. What is like something that was marked as expected counts less.
 */
export function judge(heard: readonly Heard[], marked: readonly Anomaly[]): Found | null {
  const members = heard
    .map((one) => ({ ...one, score: one.result.score * (1 - likeness(one, marked)) }))
    .sort((a, b) => b.score - a.score)
  const main = members.find(({ result }) => result.isAnomaly)
  if (!main) return null
  const { watched, result, isOfFew = false } = main
  const joint = jointKeys.has(watched.signal.series.key)
    ? members.filter(({ watched: one }) => jointKeys.has(one.signal.series.key))
    : [main]
  const score = toScore(Math.hypot(...joint.map((one) => toSurprise(one.score))))
  const threshold = thresholdOf(watched.settings)
  const certain = threshold + certainMore
  // One method alone sees silence.
  const isSilence = result.value === null
  const isNew = result.timestampMs - watched.since < weekMs
  if (score < (isNew && !isSilence ? certain : threshold)) return null
  const isCertain = main.isConfirmed === true || isSilence || score >= certain

  const { series, subject } = watched.signal
  const alongside = members.filter((one) => one !== main && one.result.isAnomaly).map(toCompanion)
  const anomaly: Anomaly = {
    organisation: series.organisation,
    id: toAnomalyId(watched, result),
    key: series.key,
    functionId: series.functionId,
    dimensions: series.dimensions,
    at: result.timestampMs,
    value: result.value,
    score,
    severity: severityOf(score),
    consensus: result.consensus,
    breakdown: result.breakdown,
    ...(alongside.length > 0 && { alongside }),
    context: { before: result.before ?? nothing, after: null },
    expected: null,
  }
  return { anomaly, subject, watched, result, isOfFew, isCertain }
}

/**
 * The id of what is found there, the same whoever finds it: a UUID of version 8 (RFC 9562) that begins with the time, so that
 * ids sort by it.
 */
export function toAnomalyId(
  { signal: { series } }: WatchedSeries,
  { timestampMs, value }: Pick<DetectorResult, "timestampMs" | "value">,
): string {
  const text = JSON.stringify([series.organisation, series.id, timestampMs, value === null])
  const hash = createHash("sha256").update(text).digest("hex")
  const time = timestampMs.toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-8${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`
}

const nothing = { count: 0, mean: 0, standardDeviation: 0, min: 0, max: 0 }

function toCompanion({ watched, result, score }: Heard & { readonly score: number }) {
  return { key: watched.signal.series.key, value: result.value, score, usual: result.before?.mean ?? 0 }
}
