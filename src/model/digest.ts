import type { ActivationReason } from "./function.ts"
import type { CallFigures, MetricsReport, TimeRange } from "./metrics.ts"

/** What a digest sums up: the last day, the last week from its Monday, or the last month; UTC. */
export const digestPeriods = ["day", "week", "month"] as const

/** What a digest sums up. */
export type DigestPeriod = (typeof digestPeriods)[number]

/** A version that began to receive calls, with the calls of up to a day before it and after it. */
export interface DigestRelease {
  readonly version: number
  readonly reason: ActivationReason
  /** Epoch milliseconds. */
  readonly at: number
  readonly before: CallFigures
  readonly after: CallFigures
}

/** What the calls of one function came to. */
export interface DigestFunction {
  readonly name: string
  readonly total: CallFigures
  /** Of the period before. */
  readonly before: CallFigures
  /** How much averages have grown since then: 0.1 is by a tenth; null where there is nothing to compare with. */
  readonly trend: MetricsReport["trend"]
  /** Oldest first, the last ten. */
  readonly releases: readonly DigestRelease[]
}

/** A report on an organisation's functions, as channels are sent it. */
export interface Digest {
  readonly organisation: string
  /** As the host calls it. */
  readonly name: string
  readonly every: DigestPeriod
  readonly range: TimeRange
  /** Those with calls, the most called first; at most 50. */
  readonly functions: readonly DigestFunction[]
  /** How many had calls, those that are not listed too. */
  readonly count: number
}
