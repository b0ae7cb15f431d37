/** A service whose accounts can be connected. */
export interface OAuthProvider {
  /** Where browsers are sent to. */
  readonly authorizationUrl: string
  /** Where codes and refresh tokens are exchanged. */
  readonly tokenUrl: string
  /** Where tokens are given back when an account is disconnected (RFC 7009). */
  readonly revocationUrl?: string
  /** As the provider names itself in ID tokens and callbacks; needed where `scopes` has `openid`. */
  readonly issuer?: string
  readonly clientId: string
  /** @default none: a public client */
  readonly clientSecret?: string
  /** How the secret is sent. @default "basic" */
  readonly clientAuthentication?: "basic" | "post"
  readonly scopes?: readonly string[]
  /** What else the provider's page is asked with, such as `{ access_type: "offline" }`. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** What a provider gave. */
export interface TokenSet {
  readonly accessToken: string
  /** Null where there is none, or the one that was sent stays. */
  readonly refreshToken: string | null
  /** Null where the provider does not say. */
  readonly expiresInSeconds: number | null
  /** Null where they are those that were asked for. */
  readonly scopes: readonly string[] | null
  /** Of the ID token; null where there is none. */
  readonly account: string | null
}

/** What one request keeps secret. */
export interface OAuthRequest {
  readonly redirectUri: string
  readonly state: string
  /** PKCE's, of which the provider's page is told the SHA-256. */
  readonly codeVerifier: string
  readonly nonce: string
}

/** The authorization code flow as clients speak it (RFC 6749, 7636, 9207). All but the address reject with an `OAuthError`. */
export interface OAuthClient {
  authorizationUrl(provider: OAuthProvider, request: OAuthRequest): string
  /** Takes the parameters that a browser brought back, and exchanges their code. */
  exchange(provider: OAuthProvider, request: OAuthRequest, parameters: URLSearchParams): Promise<TokenSet>
  refresh(provider: OAuthProvider, refreshToken: string): Promise<TokenSet>
  /** Gives a token back; nothing happens where the provider takes none. */
  revoke(provider: OAuthProvider, token: string): Promise<void>
}
