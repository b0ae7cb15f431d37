/** What a caller may do: `read` looks, `write` calls and changes, `ingest` sends points, `admin` does everything; `*` is all of them. */
export type Scope = "read" | "write" | "ingest" | "admin" | "*"

/** Who calls. */
export interface Identity {
  readonly organisation: string
  readonly scopes: readonly Scope[]
  /** A name for the audit: a user, a key, a service. */
  readonly actor: string
}
