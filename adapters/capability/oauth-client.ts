import { createHash } from "node:crypto"
import type { AuthorizationServer, Client, ClientAuth, TokenEndpointResponse } from "oauth4webapi"
import { OAuthError } from "../../src/errors/oauth-error.ts"
import type { EgressRules } from "../../src/model/egress.ts"
import type { HttpClient } from "../../src/ports/http-client.ts"
import type { OAuthClient, OAuthProvider, TokenSet } from "../../src/ports/oauth-client.ts"

type Library = typeof import("oauth4webapi")

/** How long a provider may take to answer. */
const answerMs = 15_000
const maxAnswerBytes = 262_144

/** The authorization code flow over the client that requests of functions go through, with its check of addresses. */
export function createOAuthClient(options: {
  readonly http: HttpClient
  /** What token addresses may be. @default public addresses */
  readonly egress?: EgressRules | undefined
}): OAuthClient {
  const { http, egress: rules = {} } = options

  /** `fetch` as the library calls it. */
  async function send(url: string, init: { readonly method: string; readonly headers: Record<string, string> } & Body) {
    const body = init.body === undefined ? null : new TextEncoder().encode(String(init.body))
    const egress = { grant: { rules }, usage: { requests: 0, bytesSent: 0, bytesReceived: 0 } }
    const answer = await http.fetch(
      { method: init.method, url, headers: Object.entries(init.headers), body, redirect: "manual" },
      { signal: AbortSignal.timeout(answerMs), maxBytes: maxAnswerBytes, egress },
    )
    const chunks: Uint8Array[] = []
    if (answer.body instanceof Uint8Array) chunks.push(answer.body)
    else for await (const chunk of answer.body) chunks.push(chunk)
    const content = [204, 205, 304].includes(answer.status) ? null : Buffer.concat(chunks)
    return new Response(content, {
      status: answer.status,
      headers: answer.headers.map(([name, value]) => [name, value]),
    })
  }

  /** Loaded by the first exchange: hosts without providers do not wait for it. */
  async function open(provider: OAuthProvider): Promise<Session> {
    const library = await import("oauth4webapi")
    return {
      library,
      server: toServer(provider),
      client: { client_id: provider.clientId },
      authentication: toAuthentication(library, provider),
      // Addresses were checked where they were configured, and are at the connection.
      request: { [library.customFetch]: send, [library.allowInsecureRequests]: true },
    }
  }

  return {
    authorizationUrl(provider, { redirectUri, state, codeVerifier, nonce }) {
      const url = new URL(provider.authorizationUrl)
      const { scopes = [], parameters = {} } = provider
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
      const own = {
        response_type: "code",
        client_id: provider.clientId,
        redirect_uri: redirectUri,
        state,
        code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
        code_challenge_method: "S256",
        ...(scopes.length > 0 && { scope: scopes.join(" ") }),
        ...(scopes.includes("openid") && { nonce }),
      }
      for (const [name, value] of Object.entries(own)) url.searchParams.set(name, value)
      return url.href
    },

    async exchange(provider, { redirectUri, state, codeVerifier, nonce }, given) {
      const { library, server, client, authentication, request } = await open(provider)
      return translated("connect the account", async () => {
        const parameters = new URLSearchParams(given)
        // A name that nothing can be compared with; providers are told apart by their callbacks.
        if (provider.issuer === undefined) parameters.delete("iss")
        const code = library.validateAuthResponse(server, client, parameters, state)
        const answer = await library.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          code,
          redirectUri,
          codeVerifier,
          request,
        )
        const isOpenId = provider.scopes?.includes("openid") === true
        const tokens = await library.processAuthorizationCodeResponse(server, client, answer, {
          ...(isOpenId && { expectedNonce: nonce, requireIdToken: true }),
        })
        return toTokenSet(tokens, isOpenId ? library.getValidatedIdTokenClaims(tokens) : undefined)
      })
    },

    async refresh(provider, refreshToken) {
      const { library, server, client, authentication, request } = await open(provider)
      return translated("refresh the tokens", async () => {
        const answer = await library.refreshTokenGrantRequest(server, client, authentication, refreshToken, request)
        return toTokenSet(await library.processRefreshTokenResponse(server, client, answer), undefined)
      })
    },

    async revoke(provider, token) {
      if (provider.revocationUrl === undefined) return
      const { library, server, client, authentication, request } = await open(provider)
      await translated("give the tokens back", async () => {
        await library.processRevocationResponse(
          await library.revocationRequest(server, client, authentication, token, request),
        )
      })
    },
  }
}

interface Body {
  readonly body?: unknown
}

/** A provider as the library sees it. */
interface Session {
  readonly library: Library
  readonly server: AuthorizationServer
  readonly client: Client
  readonly authentication: ClientAuth
  readonly request: Readonly<Record<symbol, unknown>>
}

function toServer({ issuer, authorizationUrl, tokenUrl, revocationUrl }: OAuthProvider): AuthorizationServer {
  return {
    issuer: issuer ?? new URL(authorizationUrl).origin,
    authorization_endpoint: authorizationUrl,
    token_endpoint: tokenUrl,
    ...(revocationUrl !== undefined && { revocation_endpoint: revocationUrl }),
  }
}

function toAuthentication(library: Library, { clientSecret, clientAuthentication }: OAuthProvider): ClientAuth {
  if (clientSecret === undefined) return library.None()
  return clientAuthentication === "post"
    ? library.ClientSecretPost(clientSecret)
    : library.ClientSecretBasic(clientSecret)
}

function toTokenSet(tokens: TokenEndpointResponse, claims: { readonly [name: string]: unknown } | undefined): TokenSet {
  const account = claims?.email ?? claims?.sub
  // Nothing that a database or a page would stumble over.
  const shown = typeof account === "string" ? account.slice(0, 320).replace(/[\p{Cc}\p{Surrogate}]/gu, "") : ""
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresInSeconds: tokens.expires_in ?? null,
    scopes: tokens.scope === undefined ? null : tokens.scope.split(" ").filter((scope) => scope !== ""),
    account: shown === "" ? null : shown,
  }
}

/** Tells failures in words that hold none of what was sent or answered: the library's errors carry both. */
async function translated<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw toOAuthError(what, error)
  }
}

function toOAuthError(what: string, error: unknown): OAuthError {
  const { code, error: named, status, message } = error as Readonly<Record<string, unknown>>
  if (typeof named === "string") {
    const shown = /^[\w.-]{1,64}$/.test(named) ? named : "error"
    const at = typeof status === "number" ? ` (status ${status})` : ""
    return new OAuthError(shown, `Cannot ${what}: the provider answers ${shown}${at}.`, {
      final: shown === "invalid_grant",
    })
  }
  // The client's own words name the address alone.
  if (typeof code !== "string" && error instanceof Error) {
    return new OAuthError("unreachable", `Cannot ${what}: the provider cannot be asked. ${message}`)
  }
  const shown = typeof code === "string" && /^OAUTH_[A-Z_]{1,60}$/.test(code) ? code : "OAUTH_RESPONSE_IS_NOT_CONFORM"
  return new OAuthError("invalid_answer", `Cannot ${what}: the provider's answer is not as it must be (${shown}).`)
}
