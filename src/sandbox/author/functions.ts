/**
 * What the authors of functions import: types, helpers that only infer them, and middleware.
 *
 * @example
 * ```ts
 * import { defineHandler } from "inlay/functions"
 *
 * export default defineHandler((event: { values: number[] }, context) => {
 *   context.log.info("called", context.invocationId)
 *   return { result: event.values.map((value) => value * 2) }
 * })
 * ```
 *
 * @module
 */
import type { ConfigurationInput } from "../../model/configuration.ts"
import type { Context } from "./context.ts"
import type { FetchHandler } from "./handlers.ts"

export type { Context, Log, Metrics } from "./context.ts"
// Handlers
export type { EventHandler, FetchHandler, HttpHandler } from "./handlers.ts"
// Middleware
export { type AuthOptions, auth } from "./middleware/auth.ts"
export { type Middleware, middleware, type Next, type WrappedHandler } from "./middleware/chain.ts"
export { type CorsOptions, cors } from "./middleware/cors.ts"
export { type RateLimitOptions, rateLimit } from "./middleware/rate-limit.ts"
export type { TokenClaims } from "./token-claims.ts"

/** What `function.config.ts` exports. */
export type FunctionConfig = ConfigurationInput

/** Gives a configuration back as it is, checked by its type. */
export function defineConfig<const Config extends FunctionConfig>(config: Config): Config {
  return config
}

/** Gives a handler back as it is, with the types of its parameters inferred. */
export function defineHandler<Env = Context["env"]>(handler: FetchHandler<Env>): FetchHandler<Env>
export function defineHandler<Input, Output>(
  handler: (event: Input, context: Context) => Output,
): (event: Input, context: Context) => Output
export function defineHandler(handler: unknown): unknown {
  return handler
}
