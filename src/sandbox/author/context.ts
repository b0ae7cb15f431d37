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
