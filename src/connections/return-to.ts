import { FunctionsError } from "../errors/functions-error.ts"

/** Where browsers may be sent back to. */
export interface ReturnRules {
  /** The service as browsers see it. */
  readonly url: string
  readonly returnOrigins?: readonly string[]
}

/** Gives an address back that a browser may be sent to: `FN_006` where it is a foreign site's. */
export function checkReturnTo(returnTo: string, rules: ReturnRules): string {
  const allowed = toAllowed(returnTo, rules)
  if (allowed !== null) return allowed
  throw new FunctionsError(
    "FN_006",
    "Cannot connect the account: returnTo must be a path, or an address of the service or of connections.returnOrigins.",
    { issues: [{ path: "returnTo", message: "must be a path, or an address of an allowed site" }] },
  )
}

/** The whole address; null where it is a foreign site's. */
export function toAllowed(returnTo: string, { url, returnOrigins = [] }: ReturnRules): string | null {
  const own = new URL(url).origin
  // As a browser reads it: "//evil.example" and "/\\evil.example" are other sites.
  const target = URL.canParse(returnTo, own) ? new URL(returnTo, own) : null
  const isPage = target?.protocol === "https:" || target?.protocol === "http:"
  // "blob:https://app.example.com/…" has the site's origin, and is no page of it.
  return isPage && (target.origin === own || returnOrigins.includes(target.origin)) ? target.href : null
}

/** Adds to the address what came of the request. */
export function withOutcome(returnTo: string, provider: string, error: string | null): string {
  const url = new URL(returnTo)
  url.searchParams.set("connection", provider)
  if (error !== null) url.searchParams.set("error", error)
  return url.href
}
