import type { ErrorCode } from "../errors/table.ts"
import type { AlertSeverity } from "./severity.ts"

/** What is compared of a call: figures of its record, and `memoryShare`, which is `memoryBytes` as a share of what it may use. */
export const callMetrics = ["durationMs", "cpuMs", "memoryBytes", "memoryShare"] as const

/** What is compared of a call. */
export type CallMetric = (typeof callMetrics)[number]

/** What is measured of a function's calls over time. Rates are shares from 0 to 1. */
export const functionMetrics = [
  "durationMs",
  "cpuMs",
  "memoryBytes",
  "errorRate",
  "coldStartRate",
  "invocations",
  "throttled",
  "concurrency",
] as const

/** What is measured of a function's calls over time. */
export type FunctionMetric = (typeof functionMetrics)[number]

/** What stands for all values of a window. */
export const alertStatistics = ["average", "p50", "p95", "p99", "min", "max", "sum", "count"] as const

/** What stands for all values of a window. */
export type AlertStatistic = (typeof alertStatistics)[number]

/** How a value is compared with the threshold. */
export const alertOperators = ["gt", "gte", "lt", "lte", "eq", "neq"] as const

/** How a value is compared with the threshold. */
export type AlertOperator = (typeof alertOperators)[number]

/** How often calls have to be so before it is an alert. */
interface Repetition {
  /** @default 1 */
  readonly times?: number
  /** Within how many milliseconds they have to be. @default 300000 */
  readonly withinMs?: number
}

/** Which series a rule is about. */
export interface AlertMeasure {
  /** One of `functionMetrics`, or a key under which values are recorded, such as `orders.paid`. */
  readonly metric: string
  /** Series that have all of these; others may differ. */
  readonly dimensions?: Readonly<Record<string, string>>
  /** Each series by itself, rather than those of a function put together. @default false */
  readonly perSeries?: boolean
}

/** What is read of them. */
export interface AlertReading extends AlertMeasure {
  /** Rates, `invocations` and `throttled` have none. @default "max" for `concurrency`, else "average" */
  readonly statistic?: AlertStatistic
  /**
   * A window with fewer values says nothing.
   * @default 10 for rates, so that one failure of one call is not 100 %; 0 for what is counted or summed up; else 1
   */
  readonly minCount?: number
}

/** A single call, by one of its figures. */
export interface CallCondition extends Repetition {
  readonly type: "call"
  readonly metric: CallMetric
  readonly operator: AlertOperator
  /** Milliseconds, bytes or a share. */
  readonly threshold: number
}

/** A single call, by how it failed. */
export interface FailureCondition extends Repetition {
  readonly type: "failure"
  /** Failures with one of these codes. @default all of them */
  readonly codes?: readonly ErrorCode[]
}

/** A deployment that failed. */
export interface DeploymentCondition extends Repetition {
  readonly type: "deployment"
}

/** A series, window by window: what its values come to is compared as each step ends. */
export interface ThresholdCondition extends AlertReading {
  readonly type: "threshold"
  readonly operator: AlertOperator
  readonly threshold: number
  /**
   * How long a window is: whole minutes up to an hour, then whole hours up to a week; it moves on by a minute, or by an hour.
   * @default 300000
   */
  readonly windowMs?: number
  /** It has to be so in each of the windows that ended in this time: whole steps, at most 60. @default one window */
  readonly forMs?: number
}

/** How fast a series grows or shrinks: the slope of the line through the steps of the window, by least squares. */
export interface RateCondition extends AlertReading {
  readonly type: "rate"
  /** More than so much in a minute or an hour is too fast. */
  readonly maximum: number
  readonly per: "minute" | "hour"
  /** @default "both" */
  readonly direction?: "up" | "down" | "both"
  /** As that of a threshold, of at least two steps. @default 900000 */
  readonly windowMs?: number
}

/** A series that goes silent. It is over as soon as there are values again. */
export interface MissingCondition extends AlertMeasure {
  readonly type: "missing"
  /** A value is expected at least so often, to the minute: 60,000 or more. */
  readonly expectedEveryMs: number
}

/** Something unusual that the service has found. */
export interface AnomalyCondition extends Partial<Pick<AlertMeasure, "metric" | "dimensions">> {
  readonly type: "anomaly"
  /** @default "low" */
  readonly minSeverity?: AlertSeverity
}

/** What a series will come to. */
export interface ForecastCondition extends AlertReading {
  readonly type: "forecast"
  readonly operator: "gt" | "gte" | "lt" | "lte"
  readonly threshold: number
  /** How far to look ahead: 1 to 720. Up to 12 in steps of five minutes, then of an hour. */
  readonly horizonHours: number
  /** How sure the interval is that goes with it, in percent. @default 95 */
  readonly level?: number
  /** What has to cross the threshold: the forecast, the nearer end of its interval, or all of the interval. @default "expected" */
  readonly when?: "expected" | "possible" | "certain"
}

/** What is held against windows of series. */
export type SeriesCondition = ThresholdCondition | RateCondition | MissingCondition | ForecastCondition

/** What a rule is about. */
export type AlertCondition = CallCondition | FailureCondition | DeploymentCondition | AnomalyCondition | SeriesCondition
