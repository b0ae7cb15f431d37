import type { TokenClaims } from "./token-claims.ts"
import type { WebAbortSignal } from "./web.ts"

/** What every handler receives beside its input. */
export interface Context {
  /** The function's environment; frozen. */
  readonly env: Readonly<Record<string, string>>
  readonly invocationId: string
  readonly traceId: string
  readonly functionName: string
  /** What the parameters of the function's route matched, such as `{ id: "7" }` for `/users/:id`; else empty. */
  readonly params: Readonly<Record<string, string>>
  /** When the call will be ended, in epoch milliseconds. */
  readonly deadline: number
  /** Aborts when the caller has gone away. */
  readonly signal: WebAbortSignal
  readonly log: Log
  readonly metrics: Metrics
  /** What the caller's token says; there where the middleware `auth` verified one. */
  readonly auth?: TokenClaims
  /** Keeps the call open until a promise settles; its rejection is logged and changes nothing. */
  readonly waitUntil: (promise: unknown) => void
}

/** Writes to the invocation's log; called by itself it writes at the level `info`. */
export interface Log {
  (...values: unknown[]): void
  debug(...values: unknown[]): void
  info(...values: unknown[]): void
  warn(...values: unknown[]): void
  error(...values: unknown[]): void
}

/** Values that the function measures itself: series of its own, beside those of its duration and errors. */
export interface Metrics {
  /**
   * Records a value, such as `("order_total", 129.9, { country: "de" })`; nothing waits for it. Dimensions are for what has few values.
   * Throws a `TypeError` where the key, the value or a dimension is none. A call may record 1,000 values; further ones are dropped, and its
   * log says so.
   */
  record(key: string, value: number, dimensions?: Readonly<Record<string, string>>): void
}
