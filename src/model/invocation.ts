import type { ErrorCode } from "../errors/table.ts"
import type { EgressUsage } from "./egress.ts"

/** One line that a function wrote. */
export interface LogEntry {
  /** Epoch milliseconds. */
  readonly time: number
  readonly level: "debug" | "info" | "warn" | "error"
  readonly message: string
}

/** How an invocation failed: the code, and the function's own error where it raised one. */
export interface InvocationError {
  readonly code: ErrorCode
  readonly name: string
  readonly message: string
  readonly stack: string
  /** The line that failed with those around it and a caret under the column, headed by `path:line:column`, where it is known. */
  readonly frame?: string
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
}

/** An invocation as it is stored: without its output, with its organisation. */
export interface InvocationRecord extends Omit<Invocation, "output"> {
  readonly organisation: string
}
