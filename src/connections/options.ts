import type { EgressRules } from "../model/egress.ts"
import { namePattern } from "../model/name.ts"
import type { OAuthProvider } from "../ports/oauth-client.ts"

/** Accounts at other services that organisations connect, and functions use. */
export interface ConnectionsOptions {
  /**
   * 32 random bytes, or their base64: tokens are encrypted with them (AES-256-GCM). Of several the first encrypts, and the
   * others open what was encrypted before.
   */
  readonly key: string | Uint8Array | readonly (string | Uint8Array)[]
  /** The service as browsers see it, the mount's prefix included: `https://app.example.com/api`. */
  readonly url: string
  /** By the name that functions use. */
  readonly providers: Readonly<Record<string, ProviderOptions>>
  /** Sites beside `url`'s own that browsers may be sent back to, without a path: `https://admin.example.com`. */
  readonly returnOrigins?: readonly string[]
  /** What providers' token addresses may be. @default public addresses */
  readonly egress?: EgressRules
}

/** A provider, and where it sends browsers back to. */
export interface ProviderOptions extends OAuthProvider {
  /** @default `<url>/connections/<provider>/callback` */
  readonly redirectUri?: string
}

/** A provider as it is used. */
export interface Provider extends OAuthProvider {
  readonly name: string
  readonly redirectUri: string
}

/** Checks what the host configured: `TypeError` naming the field where it cannot be used. */
export function toProviders({ url, providers, returnOrigins }: ConnectionsOptions): ReadonlyMap<string, Provider> {
  const base = checkUrl(url, "url").replace(/\/$/, "")
  checkOrigins(returnOrigins)
  return new Map(
    Object.entries(providers).map(([name, provider]) => {
      const at = `providers.${name}`
      if (!namePattern.test(name))
        throw new TypeError(`Cannot connect accounts: connections.${at} is no name of letters, digits, "_" and "-".`)
      if (!provider.clientId) throw new TypeError(`Cannot connect accounts: connections.${at}.clientId is missing.`)
      for (const field of ["authorizationUrl", "tokenUrl"] as const) checkUrl(provider[field], `${at}.${field}`)
      for (const field of ["revocationUrl", "redirectUri"] as const) {
        if (provider[field] !== undefined) checkUrl(provider[field], `${at}.${field}`)
      }
      if (provider.scopes?.includes("openid") && provider.issuer === undefined) {
        throw new TypeError(
          `Cannot connect accounts: connections.${at}.issuer is missing, which the scope openid needs.`,
        )
      }
      return [name, { redirectUri: `${base}/connections/${name}/callback`, ...provider, name }]
    }),
  )
}

/** Sites are compared as a whole: what is written otherwise would never match, or match too much. */
function checkOrigins(origins: readonly string[] = []): void {
  for (const [index, origin] of [...origins].entries()) {
    const at = `returnOrigins.${index}`
    if (new URL(checkUrl(origin, at)).origin === origin) continue
    throw new TypeError(
      `Cannot connect accounts: connections.${at} must be a site alone, such as ${new URL(origin).origin}.`,
    )
  }
}

/** Tokens go over TLS, except to this machine itself. */
function checkUrl(given: unknown, field: string): string {
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : null
  const isLocal = url?.protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (url && (url.protocol === "https:" || isLocal)) return String(given)
  throw new TypeError(`Cannot connect accounts: connections.${field} must be an https: address.`)
}
