import type { AlertStatistic } from "./alert-condition.ts"
import type { Anomaly } from "./anomaly.ts"
import type { TimeRange } from "./metrics.ts"

/** Which series were read, and what of them. */
interface Read {
  /** The key of the series, such as `function.duration_ms`. */
  readonly key: string
  /** What the rule asks for; with `perSeries`, all that the series has. */
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: AlertStatistic
}

/** A window whose values crossed the threshold. */
export interface ThresholdFinding extends Read {
  readonly type: "threshold"
  /** The last window. */
  readonly window: TimeRange
  /** How many values it has. */
  readonly count: number
}

/** A series that grows or shrinks too fast. */
export interface RateFinding extends Read {
  readonly type: "rate"
  readonly window: TimeRange
  /** By how much the value changes in a minute or an hour: negative where it falls. */
  readonly rate: number
  readonly per: "minute" | "hour"
}

/** A series without values. */
export interface MissingFinding extends Omit<Read, "statistic"> {
  readonly type: "missing"
  /** The end of the minute, hour or day in which the last value came, as finely as is still known; null where nothing is. */
  readonly lastSeenAt: number | null
  /** Since then; where there was none, since the rule and the function were made. */
  readonly missingMs: number
}

/** A series that will cross the threshold. */
export interface ForecastFinding extends Read {
  readonly type: "forecast"
  /** The first step that crosses it. */
  readonly breachAt: number
  /** What is expected there, and the interval around it. */
  readonly mean: number
  readonly lower: number
  readonly upper: number
  /** How sure the interval is, in percent. */
  readonly level: number
  /** What made the forecast. */
  readonly backend: string
}

/** Something unusual. */
export interface AnomalyFinding {
  readonly type: "anomaly"
  /** With what each method says, and what is around it. */
  readonly anomaly: Anomaly
  /** Where it can be looked at: under `alerts.url` of the host, where that is set, else a path of the HTTP face. */
  readonly link: string
}

/** A deployment that failed. */
export interface DeploymentFinding {
  readonly type: "deployment"
  /** Who deployed. */
  readonly actor: string
}

/** What there is to say of what was found, unless it is a call. Times are epoch milliseconds. */
export type AlertFinding =
  | ThresholdFinding
  | RateFinding
  | MissingFinding
  | ForecastFinding
  | AnomalyFinding
  | DeploymentFinding
