import { identify } from "../access/identify.ts"
import { hasScope } from "../access/scopes.ts"
import { FunctionsError } from "../errors/functions-error.ts"
import { errorTable } from "../errors/table.ts"
import type { Identity } from "../model/identity.ts"
import type { Functions } from "../service/functions.ts"
import type { HttpRouteMatch } from "../triggers/http-routes.ts"
import { callResponse } from "./call-response.ts"
import { checkHost, type GuardOptions, hostOf, unknownCaller } from "./guard.ts"
import { readBytes } from "./read-body.ts"
import { readTraceContext } from "./trace-context.ts"
import { answerWebhook } from "./webhook-route.ts"

/** What the functions' own routes need. */
export interface FunctionRoutesOptions extends GuardOptions {
  readonly maxBodyBytes: number
  readonly prefix: string
  /** The part of the prefix that is not in the request's URL any more. */
  readonly stripped: string
  /** The service bound to the organisation of an identity; the default one where there is none. */
  readonly tenant: (identity: Identity | null) => Functions
}

/**
 * Calls the function whose http trigger has the request's method and path, null where there is none.
 * Such routes are open to everybody, pages of other sites too, unless the trigger asks for known callers.
 */
export async function answerFunctionRoute(
  request: Request,
  path: string,
  options: FunctionRoutesOptions,
): Promise<Response | null> {
  const host = hostOf(request)
  let identity: Identity | null
  let functions: Functions
  try {
    identity = await identify(request, host, options)
    functions = options.tenant(identity)
  } catch (error) {
    // The path may be the host's own: its failing hook is our answer only where a function would have had one.
    const open = options.tenant(null)
    await open.followRoutes()
    if (open.route(request.method, path) === null) return null
    throw error
  }
  await functions.followRoutes()
  const match = functions.route(request.method, path)
  if (match === null) return null
  checkHost(host, options)
  if (match.kind === "webhook") return answerWebhook(request, match, functions, options.maxBodyBytes)
  if (match.auth === "required" && identity === null) throw unknownCaller(options)
  return call(request, match, functions, identity, options)
}

async function call(
  request: Request,
  match: HttpRouteMatch,
  functions: Functions,
  identity: Identity | null,
  options: FunctionRoutesOptions,
): Promise<Response> {
  const bytes = await readBytes(request, options.maxBodyBytes)
  const showsError = identity !== null && hasScope(identity, "write")
  const answering = functions.answerRaw(
    match.functionId,
    {
      type: "request",
      method: request.method,
      url: toCallerUrl(request.url, options.stripped),
      headers: [...request.headers],
      body: bytes.byteLength === 0 ? null : bytes,
      params: match.params,
    },
    { signal: request.signal, external: true, ...readTraceContext(request.headers) },
  )
  const done = await answering.catch((error) => {
    throw showsError ? error : withoutNames(error)
  })
  return callResponse(done, { prefix: options.prefix, showsError, identity, isHead: request.method === "HEAD" })
}

/** Why nothing ran, without the organisation's names: those of variables, secrets and layers. */
function withoutNames(error: unknown): unknown {
  const names = error instanceof FunctionsError && (error.code === "FN_001" || error.code === "FN_006")
  return names ? new FunctionsError(error.code, errorTable[error.code].cause, { cause: error }) : error
}

/** The URL as the caller wrote it. */
function toCallerUrl(url: string, stripped: string): string {
  if (stripped === "") return url
  const start = url.indexOf("/", url.indexOf("://") + 3)
  return url.slice(0, start) + stripped + url.slice(start)
}
