import type { Context } from "./context.ts"
import type { WebRequest, WebResponse } from "./web.ts"

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
