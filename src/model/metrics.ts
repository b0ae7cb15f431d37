/** A span of time, epoch milliseconds: `from` inclusive, `to` exclusive. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** What `metrics.summary` answers for one function over a range. */
export interface MetricsSummary {
  readonly name: string
  readonly functionId: string
  readonly range: TimeRange
  readonly count: number
  readonly errors: number
  /** Failed share of all invocations, 0 to 1. */
  readonly errorRate: number
  readonly durationMs: Distribution
  readonly cpuMs: Distribution
  readonly memoryBytes: Distribution
  /** Share of invocations that had to build their version's snapshot, 0 to 1. */
  readonly coldStartRate: number
}

/** Average and nearest-rank percentiles; all 0 where nothing was counted. */
export interface Distribution {
  readonly average: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}
