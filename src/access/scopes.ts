import type { Identity, Scope } from "../model/identity.ts"

/** What an operation may ask for. */
export type RequiredScope = Exclude<Scope, "*">

/** Whether the identity may do what needs `scope`; `admin` and `*` include everything, `write` includes neither `read` nor `ingest`. */
export function hasScope(identity: Identity, scope: RequiredScope): boolean {
  return identity.scopes.some((held) => held === scope || held === "admin" || held === "*")
}
