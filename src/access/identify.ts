import type { Identity, Scope } from "../model/identity.ts"
import { defaultOrganisation } from "../model/name.ts"
import { identifyDeveloper } from "./development-token.ts"

/** The host's hook: who sent this request, or nothing where nobody it knows. It must not read the request's body. */
export type Authenticate = (request: Request) => Promise<Identity | null | undefined> | Identity | null | undefined

/** How callers become known. */
export interface IdentifyOptions {
  /** `"open"` takes every caller for an administrator of the organisation `default`: for tests. */
  readonly authenticate?: Authenticate | "open"
  /** Opens management on this machine where there is no `authenticate`. */
  readonly developmentToken?: string
}

/** Who everybody is under `authenticate: "open"`. */
const everybody: Identity = { organisation: defaultOrganisation, scopes: ["*"], actor: "anonymous" }

/** Says who sent a request; null where that is not known. Rejects where the host's hook fails or answers no identity. */
export async function identify(request: Request, host: string, options: IdentifyOptions): Promise<Identity | null> {
  if (options.authenticate === "open") return everybody
  if (options.authenticate === undefined) {
    return identifyDeveloper({ authorization: request.headers.get("authorization"), host }, options.developmentToken)
  }
  const identity = await options.authenticate(request)
  return identity === null || identity === undefined ? null : checkIdentity(identity)
}

const scopes: readonly string[] = ["read", "write", "ingest", "admin", "*"] satisfies readonly Scope[]

/** The hook is the host's code, often without types: a slip there must not become a tenant called "undefined". */
function checkIdentity(identity: Identity): Identity {
  const { organisation, scopes: held, actor } = identity
  if (typeof organisation !== "string" || organisation === "") {
    throw new TypeError(
      "Cannot use what authenticate answered: organisation is not a name, it must be a non-empty text.",
    )
  }
  if (!Array.isArray(held) || !held.every((scope) => scopes.includes(scope))) {
    throw new TypeError(`Cannot use what authenticate answered: scopes must be a list of ${scopes.join(", ")}.`)
  }
  return { organisation, scopes: held, actor: typeof actor === "string" ? actor : "unknown" }
}
