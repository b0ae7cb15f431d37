import { isAllowedHost, isLoopbackHost } from "../access/hosts.ts"
import { type IdentifyOptions, identify } from "../access/identify.ts"
import { judgeOrigin, type OriginVerdict } from "../access/origins.ts"
import { hasScope } from "../access/scopes.ts"
import type { Identity } from "../model/identity.ts"
import { HttpError } from "./http-error.ts"
import type { OperationAccess } from "./operation-access.ts"

/** Who may come in, and from where. */
export interface GuardOptions extends IdentifyOptions {
  /** The `Host` headers that are answered, with or without their port; where it and `authenticate` are left out, this machine's names alone. */
  readonly hosts?: readonly string[]
  /** Sites whose pages may call from a browser, such as `https://app.example.com`. */
  readonly origins?: readonly string[]
}

/** The host that a request was sent to. */
export function hostOf(request: Request): string {
  const header = request.headers.get("host")
  if (header !== null) return header
  const start = request.url.indexOf("://") + 3
  const end = request.url.indexOf("/", start)
  return request.url.slice(start, end === -1 ? undefined : end)
}

/**
 * Refuses a `Host` that is not served, which is how a page elsewhere reaches a service under a name of its own. A host that
 * said neither who callers are nor how it is called has not been opened to others than this machine yet.
 */
export function checkHost(host: string, options: GuardOptions): void {
  const { hosts, authenticate } = options
  if (hosts === undefined && authenticate !== undefined) return
  if (hosts === undefined ? isLoopbackHost(host) : isAllowedHost(host, hosts)) return
  const why =
    hosts === undefined
      ? "without `hosts` and `authenticate` only localhost is served; set one of them in createFunctions()"
      : "it is not among the hosts that are served"
  throw new HttpError(403, `Cannot answer for host "${host.slice(0, 200)}": ${why}.`, { code: "FN_009" })
}

/** Refuses a browser's request from the page of another site. */
export function checkOrigin(request: Request, host: string, options: GuardOptions): OriginVerdict {
  const origin = request.headers.get("origin")
  const verdict = judgeOrigin(origin, host, options.origins ?? [])
  if (verdict !== "foreign") return verdict
  throw new HttpError(
    403,
    `Cannot answer pages of "${(origin ?? "").slice(0, 200)}": it is not among the allowed origins.`,
    {
      code: "FN_009",
    },
  )
}

/** Who may use the operation: 401 where nobody is known, 403 where the scope is missing; null where nobody need be known. */
export async function admit(
  request: Request,
  host: string,
  access: Pick<OperationAccess, "scope" | "kind">,
  options: GuardOptions,
): Promise<Identity | null> {
  if (access.scope === null) return null
  const identity = await identify(request, host, options)
  if (identity === null) {
    if (options.authenticate === undefined && access.kind === "call") return null
    throw unknownCaller(options)
  }
  if (hasScope(identity, access.scope)) return identity
  throw new HttpError(403, `Cannot use the operation: it needs the scope "${access.scope}", which the caller lacks.`, {
    code: "FN_009",
  })
}

/** The refusal of a caller without credentials. */
export function unknownCaller(options: GuardOptions): HttpError {
  const detail =
    options.authenticate === undefined
      ? "Cannot manage functions over HTTP: the service was started without `authenticate`. " +
        "In development, send the token that was printed at start as `Authorization: Bearer <token>` to localhost."
      : "Cannot use the operation: the request carries no credentials that are known."
  return new HttpError(401, detail, { code: "FN_009", headers: { "www-authenticate": "Bearer" } })
}
