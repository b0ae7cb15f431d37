import { hasScope } from "../access/scopes.ts"
import type { Identity } from "../model/identity.ts"
import type { InvocationError } from "../model/invocation.ts"

/** What failed, with lines of its source only for callers who may deploy: who calls or reads does not see what was written. */
export function forCaller<Failed extends { readonly error?: InvocationError }>(
  failed: Failed,
  identity: Identity | null,
): Failed {
  if (failed.error?.frame === undefined || (identity && hasScope(identity, "write"))) return failed
  const { frame: _, ...error } = failed.error
  return { ...failed, error }
}
