/**
 * What the authors of functions import: types, and helpers that only infer them.
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
import type { WebRequest, WebResponse } from "./web.ts"

export type { Context, Log } from "./context.ts"

/** What `function.config.ts` exports. */
export type FunctionConfig = ConfigurationInput

/** Receives an event and answers a value that has a JSON form. */
export type EventHandler<Input = unknown, Output = unknown> = (
  event: Input,
  context: Context,
) => Output | Promise<Output>

/** Receives a request and answers a response. */
export type HttpHandler = (request: WebRequest, context: Context) => WebResponse | Promise<WebResponse>

/** An object with `fetch`, as other platforms have it. */
export interface FetchHandler<Env = Context["env"]> {
  fetch(request: WebRequest, env: Env, context: Context): WebResponse | Promise<WebResponse>
}

/** Gives a configuration back as it is, checked by its type. */
export function defineConfig<const Config extends FunctionConfig>(config: Config): Config {
  return config
}

/** Gives a handler back as it is, with the types of its parameters inferred. */
export function defineHandler<Handler extends EventHandler<never> | HttpHandler | FetchHandler<never>>(
  handler: Handler,
): Handler {
  return handler
}
