/**
 * What a function's code reaches from anywhere, without passing the context along.
 *
 * @example
 * ```ts
 * import { context, env, log } from "inlay/sdk"
 *
 * export default () => {
 *   log.info("called", context().invocationId)
 *   return { region: env("REGION") }
 * }
 * ```
 *
 * @module
 */
import type { Context, Log } from "./context.ts"

export type { Context, Log } from "./context.ts"

/** The context of the present call. Throws outside of a call, module code included. */
export function context(): Context {
  return sandbox("context()").context()
}

/** One variable of the function's environment. Module code that reads it runs afresh for every call. */
export function env(name: string): string | undefined {
  return sandbox("env()").env(name)
}

/** Writes to the invocation's log; called by itself it writes at the level `info`. */
export const log: Log = /* @__PURE__ */ Object.assign((...values: unknown[]) => sandbox("log").log(...values), {
  debug: (...values: unknown[]) => sandbox("log").log.debug(...values),
  info: (...values: unknown[]) => sandbox("log").log.info(...values),
  warn: (...values: unknown[]) => sandbox("log").log.warn(...values),
  error: (...values: unknown[]) => sandbox("log").log.error(...values),
})

/** What the sandbox leaves on the global object. */
interface Sandbox {
  context(): Context
  env(name: string): string | undefined
  readonly log: Log
}

function sandbox(what: string): Sandbox {
  const found = (globalThis as unknown as Record<symbol, Sandbox | undefined>)[Symbol.for("inlay.sdk")]
  if (found !== undefined) return found
  throw new Error(
    `Cannot use ${what} of inlay/sdk: this code runs outside of Inlay, it must run as a deployed function`,
  )
}
