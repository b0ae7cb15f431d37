/**
 * What a function's code reaches from anywhere: the present call, and what the host gives.
 *
 * @example
 * ```ts
 * import { context, db, env, kv, log } from "inlay/sdk"
 *
 * export default async () => {
 *   log.info("called", context().invocationId)
 *   const users = await db.collection("users").where("active", "==", true).get()
 *   return { region: env("REGION"), users: users.length, calls: await kv.increment("calls") }
 * }
 * ```
 *
 * @module
 */
import type { Context, Log, Metrics } from "./context.ts"
import { type CapabilityAnswer, sandbox } from "./sandbox.ts"

// What the host gives
export { type Auth, auth, type TokenClaims } from "./auth.ts"
// The present call
export type { Context, Log, Metrics } from "./context.ts"
export {
  type AnyFields,
  type Collection,
  type DocumentDatabase,
  type DocumentReference,
  db,
  type Operator,
  type Query,
  type StoredDocument,
} from "./database.ts"
export { type Email, type EmailMessage, email, sendEmail } from "./email.ts"
export { type Bucket, type BucketFile, type FileStorage, type StoredFile, storage } from "./files.ts"
export { type Http, type HttpOptions, http } from "./http.ts"
export { type KeyValue, type KeyValueOptions, kv } from "./key-value.ts"
export { type OAuth, type OAuthConnection, oauth } from "./oauth.ts"
export { type Queue, queue } from "./queue.ts"

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

/** Records what the function measures itself. */
export const metrics: Metrics = {
  record: (key, value, dimensions) => sandbox("metrics").metrics.record(key, value, dimensions),
}

/** The host's own capabilities by name; `functions.types()` of the host writes them into this interface. */
// biome-ignore lint/suspicious/noEmptyInterface: there to be merged with.
export interface Capabilities {}

/** The host's own capabilities: `capabilities.crm.find({ id })`; bytes may follow the input. */
export const capabilities: Capabilities = /* @__PURE__ */ new Proxy({} as Capabilities, {
  get: (_, name) => (typeof name === "string" && name !== "then" ? toMethods(name) : undefined),
})

function toMethods(capability: string): object {
  return new Proxy(
    {},
    {
      get: (_, method) => {
        // A promise that was resolved with this asks for `then`.
        if (typeof method !== "string" || method === "then") return undefined
        return async (input?: unknown, bytes?: unknown) =>
          toValue(await sandbox(capability).callCapability(capability, method, input ?? {}, bytes))
      },
    },
  )
}

function toValue({ output, bytes }: CapabilityAnswer): unknown {
  return bytes ?? output
}
