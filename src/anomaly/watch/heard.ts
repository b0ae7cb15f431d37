import type { DetectorResult } from "../types.ts"
import type { WatchedSeries } from "./watched-series.ts"

/** What a detector said of a point, or of none. */
export interface Heard {
  readonly watched: WatchedSeries
  readonly result: DetectorResult
  /** Whether it is said of a minute of few values. */
  readonly isOfFew?: boolean
  /** Whether it is said of two points. */
  readonly isConfirmed?: boolean
}
