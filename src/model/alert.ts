import type { ErrorCode } from "../errors/table.ts"
import type { AlertCondition } from "./alert-condition.ts"
import type { AlertFinding } from "./alert-finding.ts"
import type { AlertSeverity } from "./severity.ts"

/** What a rule says. */
export interface AlertRuleInput {
  /** Unique in its organisation: 1 to 100 characters on one line. */
  readonly name: string
  /** The function that it is about, or a pattern such as `transform-*`. @default every one, each with alerts of its own */
  readonly function?: string
  readonly condition: AlertCondition
  /** @default "high" */
  readonly severity?: AlertSeverity
  /** Names of the host's channels. @default all that take alerts of this severity */
  readonly channels?: readonly string[]
  /** An alert that goes on is told again after so many milliseconds. @default 3600000 */
  readonly repeatAfterMs?: number
  /** An alert is over when nothing has happened for so many milliseconds. @default 300000 */
  readonly resolveAfterMs?: number
  /** What channels may choose by, such as `{ team: "billing" }`. @default none */
  readonly labels?: Readonly<Record<string, string>>
  /** @default true */
  readonly enabled?: boolean
}

/** A rule as it is kept. Times are epoch milliseconds. */
export interface AlertRule extends Required<Omit<AlertRuleInput, "function" | "channels">> {
  readonly organisation: string
  readonly id: string
  /** Null for every one. */
  readonly function: string | null
  /** Null for all. */
  readonly channels: readonly string[] | null
  /** Whether it is one of the host's, which holds for every organisation, and nobody has replaced it. */
  readonly isDefault: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/** How far alerts may be. */
export const alertStatuses = ["pending", "firing", "acknowledged", "suppressed", "resolved"] as const

/**
 * How far an alert is. `pending`: it has not happened often enough. `firing`: who should hear of it is told. `acknowledged`:
 * somebody looks after it, and it is not told again. `suppressed`: a silence covers it. `resolved`: it is over.
 */
export type AlertStatus = (typeof alertStatuses)[number]

/** What happened that a rule is about. */
export interface AlertOccasion {
  /** One sentence for people, such as `transform took 150000 ms, over 120000.` */
  readonly message: string
  /** What was compared; null for a failure. */
  readonly value: number | null
  /** The call; null for what is not about a single one. */
  readonly invocationId: string | null
  readonly traceId: string | null
  /** Of a failure. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
  /** What there is to say of anything but a call; null for a call. */
  readonly finding: AlertFinding | null
  readonly at: number
}

/** One trouble with one function or series, from its beginning to its end: whatever happens meanwhile counts towards it. */
export interface Alert {
  readonly organisation: string
  readonly id: string
  readonly rule: { readonly id: string; readonly name: string }
  /** Null where it is about values that belong to no function. */
  readonly function: string | null
  /** The id of the series, where each has alerts of its own; else null. */
  readonly series: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly severity: AlertSeverity
  readonly status: AlertStatus
  readonly condition: AlertCondition
  /** The last one. */
  readonly occasion: AlertOccasion
  /** How often it has happened; while it is pending, in the time that its rule says. */
  readonly count: number
  /** While it is pending: when that was, the oldest first, and how often then. */
  readonly recent?: readonly { readonly at: number; readonly count: number }[]
  /** How often it was told. */
  readonly notifications: number
  /** The channels that were told of it, which hear of its end, whatever its rule says by then, if one of them still exists; none before it was told. */
  readonly toldTo?: readonly string[]
  readonly firstAt: number
  readonly lastAt: number
  readonly notifiedAt: number | null
  /** When it is over, if nothing happens until then; null once it is. */
  readonly resolvesAt: number | null
  readonly acknowledgedAt: number | null
  readonly acknowledgedBy: string | null
  readonly resolvedAt: number | null
  /** Null where it resolved by itself. */
  readonly resolvedBy: string | null
}

/** A time in which alerts are kept, but told to nobody. */
export interface AlertSilence {
  readonly organisation: string
  readonly id: string
  /** Null for all rules. */
  readonly ruleId: string | null
  /** A name or a pattern; null for all functions. */
  readonly function: string | null
  readonly from: number
  readonly until: number
  readonly reason: string
  readonly actor: string
  readonly createdAt: number
}
