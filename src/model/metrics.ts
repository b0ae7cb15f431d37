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

/** How long the span of a window is, in milliseconds: a minute, an hour or a day, UTC. */
export type Resolution = 60_000 | 3_600_000 | 86_400_000

/** What is measured over time: a key such as `function.duration_ms`, told apart by dimensions. */
export interface MetricSeries {
  readonly organisation: string
  /** Made of the other fields, so that it is the same wherever it is made. */
  readonly id: string
  readonly key: string
  /** The function whose calls it is about, or that has emitted it; null for what the host records. */
  readonly functionId: string | null
  readonly dimensions: Readonly<Record<string, string>>
}

/** What is known of the values of a span. Quantiles are nearest-rank, and within 1 % of the exact ones. */
export interface MetricFigures {
  readonly count: number
  readonly sum: number
  readonly mean: number
  /** The mean squared distance from the mean. */
  readonly variance: number
  readonly min: number
  readonly max: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** The values of one step of a query. */
export interface MetricPoint extends MetricFigures {
  /** Where the step begins, epoch milliseconds. */
  readonly at: number
}

/** A minute of one series that is over, as this process saw it. */
export interface ClosedWindow extends MetricPoint {
  readonly organisation: string
  readonly key: string
  /** Null for what the host records. */
  readonly functionId: string | null
  readonly dimensions: Readonly<Record<string, string>>
  /** Where the minute ends, epoch milliseconds. */
  readonly endsAt: number
}

/** The keys of what is measured of every function; its dimension is `function`, the function's name. */
export const functionKeys = {
  /** One value for each call: the count is that of the calls. */
  duration: "function.duration_ms",
  cpu: "function.cpu_ms",
  memory: "function.memory_bytes",
  /** 1 for a call that failed, 0 for one that did not: the mean is the error rate. */
  errors: "function.errors",
  /** The same of cold starts. */
  coldStarts: "function.cold_starts",
  /** 1 for a call that was refused with `FN_007`. */
  throttled: "function.throttled",
  /** How many calls of the function were under way in the process when one ended, that one included. */
  concurrency: "function.concurrency",
  /** Bytes that a call sent over the network; calls that sent none have no value. */
  egress: "function.egress_bytes",
} as const

/** A value that the host has measured. */
export interface NewPoint {
  /** Letters, digits, `_`, `.` and `-`; `function.` is the service's own. */
  readonly key: string
  readonly value: number
  /** Epoch milliseconds, at most a day ago. @default now */
  readonly at?: number
  /** At most 8, of few values each: no ids. */
  readonly dimensions?: Readonly<Record<string, string>>
}

/** Which points to give. */
export interface MetricQuery {
  /** One of `function.*`, or what functions and the host have recorded under. */
  readonly key: string
  /** Of one function, by name or id. */
  readonly function?: string
  /** Series that have all of these; others may differ. */
  readonly dimensions?: Readonly<Record<string, string>>
  /** Steps that begin in it, and the one that it begins in. @default "1h" */
  readonly range?: TimeRange | string
  /** How long a step is: `"1m"`, `"15m"`, `"1h"`, `"1d"`, or any multiple of a minute. @default fitting to the range */
  readonly step?: string
}

/** Mean and mean squared distance from it; both 0 where nothing was counted. */
export interface Spread {
  readonly average: number
  readonly variance: number
}

/** What the calls of a day or a month took, used and came to. */
export interface CallFigures {
  readonly invocations: number
  readonly durationMs: Spread & Pick<MetricFigures, "p50" | "p95" | "p99">
  readonly cpuMs: Spread
  readonly memoryBytes: Spread
  /** Failed share of all calls, 0 to 1. */
  readonly errorRate: Spread
  readonly coldStartRate: Spread
}

/** What `metrics.report` answers. */
export interface MetricsReport {
  readonly name: string
  readonly functionId: string
  /** Such as `2026-10`, UTC. */
  readonly month: string
  /** Days with calls, oldest first. */
  readonly days: readonly (CallFigures & {
    /** Such as `2026-10-31`. */
    readonly date: string
  })[]
  readonly total: CallFigures
  readonly before: { readonly month: string; readonly total: CallFigures }
  /** How much averages have grown since the month before: 0.1 is by a tenth; null where there is nothing to compare with. */
  readonly trend: Readonly<Record<keyof CallFigures, number | null>>
}
