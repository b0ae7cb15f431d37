import { FunctionsError } from "../errors/functions-error.ts"
import { OAuthError } from "../errors/oauth-error.ts"
import type { ConnectionRequest, FinishedConnection } from "../model/connection.ts"
import type { ConnectionRecord, ConnectionStore, PendingConnection } from "../ports/connection-storage.ts"
import type { OAuthClient, OAuthRequest } from "../ports/oauth-client.ts"
import type { Provider } from "./options.ts"
import { checkReturnTo, type ReturnRules, toAllowed, withOutcome } from "./return-to.ts"
import type { Sealer } from "./sealer.ts"
import { hash, isSameHash, newSecret } from "./secrets.ts"
import { sealTokens, toExpiry } from "./stored-tokens.ts"
import { toConnection } from "./to-connection.ts"

/** How long a browser may stay with the provider. */
const requestMs = 10 * 60_000

/** What a request keeps until its browser comes back. */
interface Kept {
  readonly codeVerifier: string
  readonly nonce: string
  readonly returnTo: string | null
  readonly bindingHash: string | null
}

/** What a request for an account is made with. */
export interface AuthorizeOptions {
  /** Where the browser goes in the end: a path, or an address of the service or of `returnOrigins`. */
  readonly returnTo?: string
  /** Something that the browser alone has, such as the id of its session: `finish` must be given the same. */
  readonly binding?: string
}

/** What a browser brought back. */
export interface FinishOptions {
  /** The query of the address that it came to. */
  readonly parameters: URLSearchParams
  readonly binding?: string
}

/** The authorization code flow from one side of the browser's way to the other. */
export interface Requests {
  begin(organisation: string, provider: Provider, options: AuthorizeOptions): Promise<ConnectionRequest>
  finish(organisation: string, provider: Provider, options: FinishOptions, actor: string): Promise<FinishedConnection>
}

/** Keeps requests in the store, so that a browser may come back to another process. */
export function createRequests(options: {
  readonly client: OAuthClient
  readonly store: ConnectionStore
  readonly sealer: Sealer
  readonly rules: ReturnRules
  readonly now: () => number
  readonly report: (error: unknown) => void
  readonly changed: (record: ConnectionRecord, actor: string) => void
}): Requests {
  const { client, store, sealer, rules, now, report, changed } = options

  async function take(organisation: string, provider: Provider, state: string): Promise<PendingConnection> {
    const pending = state === "" ? null : await store.takePending(organisation, hash(state))
    if (pending && pending.provider === provider.name && pending.expiresAt > now()) return pending
    throw refusal("its state is unknown, was used, or is older than ten minutes")
  }

  /** Exchanges the code; what the provider gave replaces what was kept. */
  async function connect(organisation: string, provider: Provider, request: OAuthRequest, parameters: URLSearchParams) {
    const tokens = await client.exchange(provider, request, parameters)
    const at = now()
    const record = {
      organisation,
      provider: provider.name,
      status: "connected" as const,
      account: tokens.account,
      scopes: tokens.scopes ?? provider.scopes ?? [],
      sealed: sealTokens(sealer, organisation, provider.name, tokens),
      expiresAt: toExpiry(tokens, at),
      connectedAt: at,
      updatedAt: at,
    }
    await store.save(record)
    return record
  }

  return {
    async begin(organisation, provider, { returnTo, binding }) {
      const kept: Kept = {
        codeVerifier: newSecret(),
        nonce: newSecret(),
        returnTo: returnTo === undefined ? null : checkReturnTo(returnTo, rules),
        bindingHash: binding === undefined ? null : hash(binding),
      }
      const state = newSecret()
      const { redirectUri } = provider
      const expiresAt = now() + requestMs
      const stateHash = hash(state)
      const sealed = sealer.seal(JSON.stringify(kept), ["request", organisation, stateHash])
      await store.addPending({ organisation, stateHash, provider: provider.name, sealed, expiresAt }, now())
      const url = client.authorizationUrl(provider, { ...kept, redirectUri, state })
      return { url, callbackUrl: redirectUri, expiresAt }
    },

    async finish(organisation, provider, { parameters, binding }, actor) {
      const state = parameters.get("state") ?? ""
      const pending = await take(organisation, provider, state)
      const kept = JSON.parse(sealer.open(pending.sealed, ["request", organisation, pending.stateHash])) as Kept
      if (kept.bindingHash !== null && !isSameHash(kept.bindingHash, hash(binding ?? ""))) {
        throw refusal("another browser began it")
      }
      // The host may have taken the site off its list since the request began.
      const returnTo = kept.returnTo === null ? null : toAllowed(kept.returnTo, rules)
      const end = (record: ConnectionRecord | null, error: string | null): FinishedConnection => ({
        connection: toConnection(provider.name, record),
        error,
        returnTo: returnTo === null ? null : withOutcome(returnTo, provider.name, error),
      })
      try {
        const request = { ...kept, redirectUri: provider.redirectUri, state }
        const record = {
          ...(await connect(organisation, provider, request, parameters)),
          revision: 0,
          refreshingUntil: null,
        }
        changed(record, actor)
        return end(record, null)
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error
        if (error.code !== "access_denied") report(error)
        return end(await store.find(organisation, provider.name), error.code)
      }
    },
  }
}

function refusal(reason: string): FunctionsError {
  return new FunctionsError("FN_009", `Cannot connect the account: ${reason}; begin again.`)
}
