import type { RequiredScope } from "../access/scopes.ts"

/** Who may use an operation, and which mounts serve it. */
export interface OperationAccess {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** As OpenAPI writes it. */
  readonly path: string
  /** The scope that callers need; null is open to everybody. */
  readonly scope: RequiredScope | null
  /** `call` operations are open where the host gives no `authenticate`, and are all that `expose: "invoke"` serves. */
  readonly kind: "call" | "management"
}
