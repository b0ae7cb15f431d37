import type { Authenticate } from "../access/identify.ts"
import type { HttpClient } from "../ports/http-client.ts"
import type { Logger } from "../ports/logger.ts"
import type { Runtime } from "../ports/runtime.ts"
import type { Storage } from "../ports/storage.ts"
import type { SecretSource } from "./secrets.ts"

/** Where in the service a failure happened that no caller hears of. */
export type ErrorStage = "metrics" | "http" | "routes" | "lookup" | "listener"

/** Options of `createFunctions`; all may be left out. */
export interface CreateFunctionsOptions {
  /** @default `sqlite(":memory:")`, which does not survive the process */
  readonly storage?: Storage
  /** Who sent an HTTP request; `"open"` lets everybody do everything, for tests. Without it management over HTTP asks for the token printed at start. */
  readonly authenticate?: Authenticate | "open"
  /** The `Host` headers that the HTTP face answers. @default all of them; without `authenticate` those of this machine alone */
  readonly hosts?: readonly string[]
  /** Sites whose pages may call from a browser, such as `https://app.example.com`. */
  readonly origins?: readonly string[]
  /** Where `${secrets.NAME}` in environments come from. */
  readonly secrets?: SecretSource
  readonly sandbox?: SandboxOptions
  /** Runtimes beside the sandbox; asked before it, so that one of them may serve `nodejs20`. */
  readonly runtimes?: readonly Runtime[]
  /** How functions reach the network. @default public addresses only */
  readonly http?: HttpClient
  /** Where the service itself writes. @default warnings and errors to standard error */
  readonly logger?: Logger
  /** Hears of failures in the background. @default the logger */
  readonly onError?: (error: unknown, context: { readonly stage: ErrorStage }) => void
  /** Epoch milliseconds; for tests. @default Date.now */
  readonly now?: () => number
}

/** The QuickJS sandbox. */
export interface SandboxOptions {
  /**
   * Threads that run calls.
   * @default the machine's cores, at least 2 and at most 8
   */
  readonly threads?: number
  /**
   * Calls that may wait for a thread; more are refused with `FN_007`.
   * @default 10000
   */
  readonly maxQueued?: number
}
