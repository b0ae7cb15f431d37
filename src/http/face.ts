import type { Expose } from "../model/expose.ts"
import type { Identity } from "../model/identity.ts"
import type { FetchOptions, Functions, FunctionsService } from "../service/functions.ts"
import { createRouteTable, type RouteMatch, type RouteTable } from "../triggers/route-table.ts"
import { accessTable } from "./access-table.ts"
import { allowOrigin, preflightResponse } from "./cors.ts"
import { answerFunctionRoute } from "./function-routes.ts"
import { admit, checkHost, checkOrigin, type GuardOptions, hostOf } from "./guard.ts"
import { HttpError } from "./http-error.ts"
import type { OperationAccess } from "./operation-access.ts"
import { errorResponse } from "./problem.ts"
import { normalisePrefix, toRequestPath } from "./request-path.ts"
import { createRouter, toRoutePath } from "./router.ts"

/** What the face asks of the service. */
export type FacedFunctions = Omit<FunctionsService, "fetch" | "handle" | "on" | "close" | typeof Symbol.asyncDispose>

/** Options of the HTTP face. */
export interface HttpFaceOptions extends GuardOptions {
  /**
   * Largest body that is read.
   * @default 10485760
   */
  readonly maxBodyBytes?: number
  /**
   * The version that the OpenAPI document names.
   * @default "0.0.0"
   */
  readonly version?: string
  /** Hears of failures that are answered with a bare 500. */
  readonly onError?: (error: unknown, context: { readonly stage: "http" }) => void
  /** @default Date.now */
  readonly now?: () => number
}

/** The face over `Request` and `Response`. */
export interface HttpFace {
  /** Answers; null where neither the face nor a function has the path. Never rejects. */
  handle(request: Request, options?: FetchOptions): Promise<Response | null>
  /** Answers; 404 where neither the face nor a function has the path. Never rejects. */
  fetch(request: Request, options?: FetchOptions): Promise<Response>
}

/** Bound faces that are kept, so that not every request makes one. */
const maxTenants = 1000

/** Puts HTTP before a service: who may, which operation or function, and problem details for everything that fails. */
export function createHttpFace(functions: FacedFunctions, options: HttpFaceOptions = {}): HttpFace {
  const { maxBodyBytes = 10 * 1024 * 1024, version = "0.0.0", now = Date.now } = options
  const report = (error: unknown) => {
    try {
      options.onError?.(error, { stage: "http" })
    } catch {
      // Whoever listens to failures must not cause the next one.
    }
  }
  const fail = (error: unknown) => errorResponse(error, report)
  const tenants = new Map<string, Functions>()
  const tenant = (identity: Identity | null) => {
    if (identity === null) return functions
    const { organisation, actor } = identity
    const key = `${organisation.length} ${organisation} ${actor}`
    const bound = tenants.get(key) ?? functions.organisation(organisation, { actor })
    // Those who call often are soon there again.
    if (tenants.size >= maxTenants) tenants.clear()
    tenants.set(key, bound)
    return bound
  }
  const router = createRouter({
    version,
    report,
    fail,
    ready: () => functions.health.ready(),
    types: () => functions.types(),
    organisation: (id) => functions.organisation(id, { actor: "connection callback" }),
    isSecured: (kind) =>
      options.authenticate !== "open" && (options.authenticate !== undefined || kind === "management"),
  })
  const tables = { all: tableFor("all"), invoke: tableFor("invoke"), manage: tableFor("manage") }

  const operate = async (request: Request, prefix: string, served: Served) => {
    const host = hostOf(request)
    // Probes name a machine by its address, and learn nothing.
    if (served.match?.value.scope === null) return respond(request, prefix, host, served)
    checkHost(host, options)
    if (checkOrigin(request, host, options) === "same") return respond(request, prefix, host, served)
    const response = await respond(request, prefix, host, served).catch(fail)
    return allowOrigin(response, request.headers.get("origin") ?? "")
  }
  const respond = async (request: Request, prefix: string, host: string, served: Served) => {
    if (served.match === null) return refuseMethod(request, served.methods)
    const { value: access, params } = served.match
    const identity = await admit(request, host, access, options)
    return router(
      { request, params, functions: tenant(identity), identity, prefix, maxBodyBytes, nowMs: now() },
      access,
    )
  }

  const face: HttpFace = {
    async handle(request, { prefix: mounted, strippedPrefix, expose = "all" } = {}) {
      if (typeof request?.url !== "string") {
        throw new TypeError("Cannot answer: expected a Request, such as new Request(url).")
      }
      const inUrl = normalisePrefix(mounted)
      const stripped = normalisePrefix(strippedPrefix)
      const prefix = stripped + inUrl
      const path = toRequestPath(request.url, inUrl)
      if (path === null) return null
      try {
        const served = find(tables[expose], request.method, path)
        if (served) return await operate(request, prefix, served)
        if (expose === "manage") return null
        return await answerFunctionRoute(request, path, { ...options, maxBodyBytes, prefix, stripped, tenant })
      } catch (error) {
        return fail(error)
      }
    },
    async fetch(request, fetchOptions) {
      const response = await face.handle(request, fetchOptions)
      return (
        response ?? fail(new HttpError(404, "Cannot find the path: neither the service nor a function answers it."))
      )
    },
  }
  return face
}

/** What a path of the face offers: an operation, or only others than the one that was asked for. */
type Served =
  | { readonly match: RouteMatch<OperationAccess> }
  | { readonly match: null; readonly methods: readonly string[] }

function find(table: RouteTable<OperationAccess>, method: string, path: string): Served | null {
  const match = table.match(method, path)
  if (match) return { match }
  const methods = table.methods(path)
  return methods.length > 0 ? { match, methods } : null
}

/** The operations that a mount serves. */
function tableFor(expose: Expose): RouteTable<OperationAccess> {
  const served = Object.values(accessTable).filter(
    ({ kind }) => expose === "all" || kind === (expose === "invoke" ? "call" : "management"),
  )
  return createRouteTable(
    served.map((access) => ({ path: toRoutePath(access.path), methods: [access.method], value: access })),
  )
}

function refuseMethod(request: Request, methods: readonly string[]): Response {
  if (request.method === "OPTIONS") {
    if (request.headers.has("access-control-request-method")) return preflightResponse(request, methods)
    return new Response(null, { status: 204, headers: { allow: methods.join(", ") } })
  }
  throw new HttpError(405, `Cannot ${request.method} this path: it answers ${methods.join(", ")}.`, {
    headers: { allow: methods.join(", ") },
  })
}
