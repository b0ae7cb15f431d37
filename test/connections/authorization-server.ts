import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Provider } from "oidc-provider"
import type { ProviderOptions } from "../../src/index.ts"

/** An OpenID provider on this machine, where everybody who comes is Ada and agrees. */
export interface AuthorizationServer {
  readonly issuer: string
  /** What a host configures for it. */
  readonly provider: ProviderOptions
  /** The client's secret. */
  readonly secret: string
  /** Every token that it gave out. */
  readonly tokens: Set<string>
  /** Requests for tokens so far, by `grant_type`. */
  readonly grants: Record<string, number>
  /** Takes an access token; its status is 401 where the token is none, or was revoked. */
  resource(accessToken: string): Promise<number>
  /** Ends an access token before its time, and leaves the refresh token. */
  endToken(accessToken: string): Promise<void>
  /** Goes a browser's way from the provider's page to the address that it sends the browser back to. */
  visit(url: string): Promise<string>
  /** How it answers requests for tokens: itself, or in the words of a test. */
  answerTokens: ((grantType: string) => TokenAnswer | null) | null
  close(): Promise<void>
}

/** An answer in the words of a test, given after something else has happened. */
interface TokenAnswer {
  readonly status: number
  readonly body: object
  readonly after?: Promise<unknown>
}

/** Starts one. Refresh tokens are rotated: the second use of one ends all tokens of its grant. */
export async function startAuthorizationServer(callbackUrl: string): Promise<AuthorizationServer> {
  const server: Server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const secret = "a client secret that must not be seen"
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: "inlay",
        client_secret: secret,
        redirect_uris: [callbackUrl],
        grant_types: ["authorization_code", "refresh_token"],
      },
    ],
    cookies: { keys: ["a key for cookies"] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, email: `${id}@example.com` }) }),
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], email: ["email"] },
    interactions: { url: (_, { uid }) => `/agree/${uid}` },
    issueRefreshToken: async () => true,
    rotateRefreshToken: () => true,
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, RefreshToken: 86_400, Grant: 86_400, Session: 3600, Interaction: 600, IdToken: 3600 },
  })
  const callback = oidc.callback()
  const grants: Record<string, number> = {}
  const tokens = new Set<string>()
  const self: AuthorizationServer = {
    issuer,
    secret,
    tokens,
    grants,
    answerTokens: null,
    provider: {
      issuer,
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      revocationUrl: `${issuer}/token/revocation`,
      clientId: "inlay",
      clientSecret: secret,
      scopes: ["openid", "email", "offline_access"],
      parameters: { prompt: "consent" },
    },
    resource: async (accessToken) =>
      (await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).status,
    async endToken(accessToken) {
      await (await oidc.AccessToken.find(accessToken))?.destroy()
    },
    async visit(url) {
      const cookies = new Map<string, string>()
      for (let next = url; ; ) {
        if (!next.startsWith(issuer)) return next
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ")
        const answer = await fetch(next, { redirect: "manual", headers: { cookie } })
        for (const set of answer.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? []
          cookies.set(name, value)
        }
        const location = answer.headers.get("location")
        if (location === null) throw new Error(`The provider answers ${answer.status}: ${await answer.text()}`)
        next = new URL(location, next).href
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  oidc.on("grant.success", ({ body }) => {
    const { access_token, refresh_token } = body as Record<string, string>
    for (const token of [access_token, refresh_token]) if (token !== undefined) tokens.add(token)
  })

  function handle(...[request, response]: Parameters<typeof callback>): void {
    void (async () => {
      if (request.url?.startsWith("/agree/")) return agree(request, response)
      if (request.url !== "/token") return callback(request, response)
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const form = Buffer.concat(chunks).toString()
      const grantType = new URLSearchParams(form).get("grant_type") ?? ""
      grants[grantType] = (grants[grantType] ?? 0) + 1
      const answer = self.answerTokens?.(grantType)
      if (answer) {
        await answer.after
        response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body))
        return
      }
      // The provider takes a body that was read before it.
      callback(Object.assign(request, { body: Object.fromEntries(new URLSearchParams(form)) }), response)
    })()
  }

  async function agree(...[request, response]: Parameters<typeof callback>): Promise<void> {
    const { params, prompt, session } = await oidc.interactionDetails(request, response)
    if (prompt.name === "login") return oidc.interactionFinished(request, response, { login: { accountId: "ada" } })
    const grant = new oidc.Grant({ accountId: session?.accountId ?? "", clientId: String(params.client_id) })
    grant.addOIDCScope(String(params.scope))
    const consent = { grantId: await grant.save() }
    return oidc.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
  }
  return self
}
