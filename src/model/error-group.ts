import type { ErrorCode } from "../errors/table.ts"

/** How far an error group is. `regressed`: it was resolved, and came again in a newer version. */
export const errorGroupStatuses = ["open", "resolved", "regressed"] as const

/** How far an error group is. */
export type ErrorGroupStatus = (typeof errorGroupStatuses)[number]

/** One failure of a group. Control characters that a terminal would obey are replaced by characters that show them. */
export interface ErrorExample {
  readonly invocationId: string
  readonly traceId: string
  readonly version: number
  readonly message: string
  /** With the places of the author's own files. */
  readonly stack: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** Failures of one function that have the same cause, as far as that can be told: one code, name, kind of message, and way to it. */
export interface ErrorGroup {
  readonly organisation: string
  /** The fingerprint. */
  readonly id: string
  readonly functionId: string
  readonly functionName: string
  readonly code: ErrorCode
  readonly name: string
  /** What varies is left out: `Order <n> has no "…"`. */
  readonly message: string
  readonly status: ErrorGroupStatus
  readonly count: number
  /** Times are epoch milliseconds. */
  readonly firstAt: number
  /** The version that brought it. */
  readonly firstVersion: number
  readonly lastAt: number
  /** The newest version that failed so. */
  readonly lastVersion: number
  readonly last: ErrorExample
  /** When it was last resolved, and by whom; null where it never was, or was opened again by hand. */
  readonly resolvedAt: number | null
  readonly resolvedBy: string | null
  /** When it last came again in a newer version than it was resolved in. */
  readonly regressedAt: number | null
}

/** Which error groups to list. */
export interface ErrorGroupFilter {
  /** A function's name or id. */
  readonly function?: string
  readonly status?: ErrorGroupStatus
  readonly code?: ErrorCode
}
