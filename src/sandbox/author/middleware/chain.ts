import type { Context } from "../context.ts"
import type { EventHandler, FetchHandler, HttpHandler } from "../handlers.ts"
import type { WebRequest, WebResponse } from "../web.ts"
import { type Answer, type Incoming, web } from "./web.ts"

/** Goes on to what comes after; a request that is given takes the place of the present one. */
export type Next = (request?: WebRequest) => Promise<WebResponse>

/** Stands between caller and handler: answers itself, or answers what `next()` gives, changed or not. */
export type Middleware = (request: WebRequest, context: Context, next: Next) => WebResponse | Promise<WebResponse>

/** What `middleware` wraps: a handler of any form. One for requests is one whose event is a request: with two signatures nothing would be inferred. */
// biome-ignore lint/suspicious/noExplicitAny: the author says what the event is.
export type WrappedHandler = EventHandler<any> | FetchHandler<any>

/**
 * Puts middleware before a handler, the first one outermost; what comes out is a handler of the same form. An event is shown to
 * middleware as a POST with the event as its body and the event's `headers` as its own; a handler's value becomes a JSON
 * response. What a handler throws passes through the middleware before it.
 */
export function middleware<Handler extends WrappedHandler>(
  list: readonly [...Middleware[], Handler],
): Handler extends FetchHandler<never> ? FetchHandler : (input: unknown, context: Context) => Promise<unknown> {
  const steps = list.slice(0, -1) as readonly Middleware[]
  const handler = list[list.length - 1] as WrappedHandler | undefined
  for (const [index, step] of steps.entries()) {
    if (typeof step !== "function") throw new TypeError(`Cannot use entry ${index} as middleware: it is no function.`)
  }
  if (typeof handler === "function") {
    return ((input: unknown, context: Context) => runFunction(steps, handler, input, context)) as never
  }
  if (typeof handler !== "object" || typeof handler?.fetch !== "function") {
    throw new TypeError("Cannot use middleware without a handler: the last entry must be one.")
  }
  return {
    fetch: (request: unknown, env: unknown, context: Context) =>
      run(steps, request, context, (present) => handler.fetch(present as never, env, context)),
  } as never
}

async function runFunction(
  steps: readonly Middleware[],
  handler: EventHandler<unknown> | HttpHandler,
  input: unknown,
  context: Context,
): Promise<unknown> {
  const call = handler as (input: unknown, context: Context) => unknown
  if (input instanceof web.Request) return run(steps, input, context, (request) => call(request, context))
  let nothing: Answer | undefined
  const answer = await run(steps, toRequest(input), context, async () => {
    const value = await call(input, context)
    if (value !== undefined) return value
    nothing = new web.Response(null, { status: 204 })
    return nothing
  })
  return answer === nothing ? undefined : answer
}

function run(
  steps: readonly Middleware[],
  first: unknown,
  context: Context,
  handle: (request: unknown) => unknown,
): Promise<Answer> {
  const enter = async (index: number, request: unknown): Promise<Answer> => {
    const step = steps[index]
    if (step === undefined) return toResponse(await handle(request))
    let entered = false
    const next = (changed = request): Promise<Answer> => {
      if (entered) return Promise.reject(new Error("Cannot call next() again: it was called before."))
      entered = true
      return enter(index + 1, changed)
    }
    const answer: unknown = await step(request as never, context, next as Next)
    if (answer instanceof web.Response) return answer
    throw new TypeError(
      `Cannot answer with what middleware ${index} gave: it must be a Response, such as that of next().`,
    )
  }
  return enter(0, first)
}

function toResponse(value: unknown): Answer {
  if (value instanceof web.Response) return value
  return value === undefined ? new web.Response(null, { status: 204 }) : web.Response.json(value)
}

function toRequest(event: unknown): Incoming {
  const { headers = {} } = Object(event) as { readonly headers?: unknown }
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(event) }
  const request = new web.Request("http://localhost/", init)
  for (const [name, value] of Object.entries(Object(headers))) {
    try {
      if (typeof value === "string") request.headers.set(name, value)
    } catch {
      // What cannot be a header is the event's own affair.
    }
  }
  return request
}
