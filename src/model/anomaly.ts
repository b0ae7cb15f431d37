import type { AlertSeverity } from "./severity.ts"

/** What looks at each point; each in a file of its own, with the source of its formula. */
export type AnomalyMethod = "value" | "rhythm" | "variability" | "silence"

/** Points around an anomaly, in figures. Where there are none, `count` is 0 and so are the others. */
export interface ContextSummary {
  readonly count: number
  readonly mean: number
  readonly standardDeviation: number
  readonly min: number
  readonly max: number
}

/** What one method says of a point. */
export interface MethodFinding {
  /** How rare the point is by this method's own past: minus the natural logarithm of its chance, from 0 to 32. */
  readonly surprise: number
  readonly weight: number
}

/** Something unusual that was measured, as it is kept. Times are epoch milliseconds. */
export interface Anomaly {
  readonly organisation: string
  readonly id: string
  /** The key of the series, such as `function.duration_ms`. */
  readonly key: string
  /** Null for a series that is about no function. */
  readonly functionId: string | null
  /** Of the series; `function` is the name of the function. */
  readonly dimensions: Readonly<Record<string, string>>
  /** When the window begins that is unusual; for a silence, when it was found. */
  readonly at: number
  /** What the series has there; null for a silence. */
  readonly value: number | null
  /** How unusual it is, from 0 to 1. */
  readonly score: number
  readonly severity: AlertSeverity
  /** The weighted share of methods that agree, from 0 to 1. */
  readonly consensus: number
  readonly breakdown: Readonly<Record<AnomalyMethod, MethodFinding>>
  /** Other series of the function that were unusual in the same window. Absent where there was none. */
  readonly alongside?: readonly {
    readonly key: string
    readonly value: number | null
    readonly score: number
    /** The mean of the points before. */
    readonly usual: number
  }[]
  readonly context: {
    readonly before: ContextSummary
    /** Null until its points have come. */
    readonly after: ContextSummary | null
  }
  /** Who has marked it as expected, when and why; null where nobody has. */
  readonly expected: AnomalyMark | null
}

/** Somebody says that an anomaly is expected. */
export interface AnomalyMark {
  readonly actor: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly reason: string | null
}

/** How series are watched. */
export interface AnomalySettings {
  readonly enabled: boolean
  /** How much is reported, from 0 (nothing) to 1: what scores at least 1 less four fifths of it. */
  readonly sensitivity: number
  /** How much each method counts, against the others; 0 turns one off. */
  readonly weights: Readonly<Record<AnomalyMethod, number>>
  /** How many points before and after an anomaly its context covers. */
  readonly context: { readonly before: number; readonly after: number }
}

/** Settings as they are set: what is left out is as it is for the organisation, or by default. */
export interface AnomalySettingsInput extends Partial<Pick<AnomalySettings, "enabled" | "sensitivity">> {
  /** From 0 to 1,000 each. */
  readonly weights?: Partial<AnomalySettings["weights"]>
  /** From 0 to 1,000 each. */
  readonly context?: Partial<AnomalySettings["context"]>
}
