import type { ErrorCode } from "../errors/table.ts"
import type { EgressUsage } from "./egress.ts"

/** One line that a function wrote. */
export interface LogEntry {
  /** Epoch milliseconds. */
  readonly time: number
  readonly level: "debug" | "info" | "warn" | "error"
  readonly message: string
  /** What the objects held that were written with it, flat: `{ user: { id: 7 } }` as `"user.id": 7`. */
  readonly fields?: LogFields
}

/** Named values of a line; a longer path has dots. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>

/** How an invocation failed: the code, and the function's own error where it raised one. */
export interface InvocationError {
  readonly code: ErrorCode
  readonly name: string
  readonly message: string
  readonly stack: string
  /** The line that failed with those around it and a caret under the column, headed by `path:line:column`, where it is known. */
  readonly frame?: string
}

/** Where a call stands in its trace, and what its way took. */
export interface InvocationSpan {
  /** 16 hexadecimal digits. */
  readonly id: string
  /** The span that asked for the call. */
  readonly parentId?: string
  /** Whether the caller keeps the trace, where it said so. */
  readonly sampled?: boolean
  /** For how long it waited for a place among the calls of its function; `startedAt` is after that. */
  readonly admissionMs?: number
  /** For how long it waited for a thread of the sandbox. */
  readonly threadMs?: number
  /** How long it took to load its version, where that was not there. */
  readonly loadMs?: number
}

/** One call of a function. */
export interface Invocation {
  readonly id: string
  readonly functionId: string
  readonly name: string
  readonly version: number
  readonly status: "succeeded" | "failed"
  readonly output?: unknown
  readonly error?: InvocationError
  readonly logs: readonly LogEntry[]
  readonly startedAt: number
  readonly endedAt: number
  readonly durationMs: number
  /** Thread time inside the engine and its host operations, never wall time. */
  readonly cpuMs: number
  /** Peak heap above the version's snapshot. */
  readonly memoryBytes: number
  /** Whether the version's snapshot had to be built for this call; with `reuse`, whether it began in a new instance. */
  readonly coldStart: boolean
  readonly traceId: string
  /** What it used of the network; known when it ends, and not stored. */
  readonly egress?: EgressUsage
  /** Where it stands in its trace; known when it ends, and not stored with it. */
  readonly span?: InvocationSpan
  /** How many calls of the function were under way in the process when it ended, itself included; not stored. */
  readonly concurrency?: number
  /** What `memoryBytes` may come to; not stored. */
  readonly memoryLimitBytes?: number
}

/** An invocation as it is stored: without its output, with its organisation. */
export interface InvocationRecord extends Omit<Invocation, "output"> {
  readonly organisation: string
}
