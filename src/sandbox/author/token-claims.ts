/** What a verified token says. */
export interface TokenClaims {
  /** Whom the token is about. */
  readonly sub?: string
  readonly iss?: string
  readonly aud?: string | readonly string[]
  /** Epoch seconds. */
  readonly exp?: number
  /** Epoch seconds. */
  readonly iat?: number
  readonly [claim: string]: unknown
}
