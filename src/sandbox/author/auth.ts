import { ask } from "./sandbox.ts"
import type { TokenClaims } from "./token-claims.ts"

export type { TokenClaims } from "./token-claims.ts"

/** Tells who holds a token, by the keys that the host configured. */
export interface Auth {
  /**
   * Checks signature, times, issuer and audience of a JSON Web Token and gives its claims. Rejects with an error whose
   * `code` is `TOKEN_INVALID` or `TOKEN_EXPIRED`.
   */
  verifyToken(token: string): Promise<TokenClaims>
}

/** Tells who holds a token, by the keys that the host configured. */
export const auth: Auth = { verifyToken: (token) => ask("auth", "verifyToken", { token }) }
