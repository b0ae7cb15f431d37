import { setTimeout as wait } from "node:timers/promises"
import { CapabilityError } from "../errors/capability-error.ts"
import { OAuthError } from "../errors/oauth-error.ts"
import type { ConnectionRecord, ConnectionStore } from "../ports/connection-storage.ts"
import type { OAuthClient, TokenSet } from "../ports/oauth-client.ts"
import type { Provider } from "./options.ts"
import type { Sealer } from "./sealer.ts"
import { openTokens, type StoredTokens, toExpiry } from "./stored-tokens.ts"
import { createTokenWriter } from "./token-writer.ts"

/** A token that ends sooner is refreshed before it is given out. */
const earlyMs = 60_000
/** How long one process alone refreshes: longer than the provider is given to answer. */
const refreshMs = 30_000
/** A token that a site refuses is not refreshed again within this time. */
const againMs = 10_000
/** So many refreshes without a token that can be given out are a provider's fault. */
const maxRefreshes = 3
/** How often a process looks whether another one has refreshed. */
const lookMs = 100

/** An access token for a function. */
export interface AccessToken {
  readonly accessToken: string
  readonly expiresAt: number | null
  readonly scopes: readonly string[]
}

/** Who asks. */
export interface TokenRequest {
  readonly organisation: string
  /** A token that a site did not accept. */
  readonly refused?: string | undefined
  readonly signal: AbortSignal
}

/** Tokens of accounts. */
export interface Tokens {
  /** Rejects with `NOT_CONNECTED`, `CONNECTION_EXPIRED` or `PROVIDER_FAILED`. */
  accessToken(provider: Provider, request: TokenRequest): Promise<AccessToken>
  /** Gives the tokens of a removed account back to the provider, as far as it takes them. */
  revoke(provider: Provider, record: ConnectionRecord): Promise<void>
}

/** Refreshes tokens when they are asked for: an account that nobody uses costs nothing. */
export function createTokens(options: {
  readonly client: OAuthClient
  readonly store: ConnectionStore
  readonly sealer: Sealer
  readonly now: () => number
  readonly report: (error: unknown) => void
  readonly changed: (record: ConnectionRecord, actor: null) => void
}): Tokens {
  const { client, store, sealer, now, report, changed } = options
  /** What this process refreshes just now. */
  const refreshing = new Map<string, Promise<void>>()
  const writer = createTokenWriter({ store, sealer, now, giveBack })

  async function read(provider: Provider, organisation: string): Promise<ConnectionRecord> {
    const record = await store.find(organisation, provider.name)
    if (record?.status === "connected") return record
    throw record ? expired(provider) : notConnected(provider)
  }

  /** Whether a token may be given out as it is. */
  function isGood(record: ConnectionRecord, tokens: StoredTokens, refused: string | undefined): boolean {
    const isNew = record.updatedAt + againMs > now()
    if (record.expiresAt !== null && record.expiresAt <= now() + earlyMs) {
      // Some providers' tokens last no longer than this.
      return record.expiresAt > now() && (tokens.refreshToken === null || isNew)
    }
    const wasRefused = refused === tokens.accessToken && tokens.refreshToken !== null
    return !wasRefused || isNew
  }

  /** Refreshes where no other process does; after it the account is to be read again. */
  async function refresh(provider: Provider, record: ConnectionRecord, refreshToken: string): Promise<void> {
    if (writer.holds(record)) return writer.writeAgain(record)
    const { organisation, revision } = record
    const begun = now()
    const claim = { revision, until: begun + refreshMs, now: begun }
    const claimed = await store.beginRefresh(organisation, provider.name, claim)
    if (claimed === null) return
    const given = await ask(provider, record, claimed, refreshToken)
    if (given === null) return
    await writer.write(provider, record, {
      revision: claimed,
      tokens: { accessToken: given.accessToken, refreshToken: given.refreshToken ?? refreshToken },
      scopes: given.scopes ?? record.scopes,
      expiresAt: toExpiry(given, begun),
    })
  }

  /** What the provider gives; null where it refuses an account that was connected again meanwhile. */
  async function ask(
    provider: Provider,
    record: ConnectionRecord,
    claimed: number,
    refreshToken: string,
  ): Promise<TokenSet | null> {
    try {
      return await client.refresh(provider, refreshToken)
    } catch (error) {
      const isOver = error instanceof OAuthError && error.final
      const { scopes, sealed, expiresAt } = record
      const over = { status: "expired" as const, scopes, sealed, expiresAt, updatedAt: now() }
      const ended = await store.endRefresh(record.organisation, provider.name, claimed, isOver ? over : null)
      if (isOver && !ended) return null
      if (isOver) changed({ ...record, ...over }, null)
      throw error
    }
  }

  /** One refresh of a process for all who ask; whoever goes away leaves it to the others. */
  function refreshOnce(provider: Provider, record: ConnectionRecord, refreshToken: string): Promise<void> {
    const key = JSON.stringify([record.organisation, provider.name])
    const under = refreshing.get(key)
    if (under) return under
    const begun = refresh(provider, record, refreshToken).finally(() => refreshing.delete(key))
    refreshing.set(key, begun)
    return begun
  }

  async function giveBack(provider: Provider, read: () => StoredTokens): Promise<void> {
    try {
      const { accessToken, refreshToken } = read()
      await client.revoke(provider, refreshToken ?? accessToken)
    } catch (error) {
      // The account is disconnected all the same.
      report(error)
    }
  }

  return {
    async accessToken(provider, { organisation, refused, signal }) {
      for (let refreshes = 0; ; ) {
        signal.throwIfAborted()
        const record = await read(provider, organisation)
        const tokens = openTokens(sealer, record)
        const given = { accessToken: tokens.accessToken, expiresAt: record.expiresAt, scopes: record.scopes }
        if (isGood(record, tokens, refused)) return given
        if (tokens.refreshToken === null) throw expired(provider)
        if (refreshes === maxRefreshes) throw failed(provider)
        const isClaimed = record.refreshingUntil !== null && record.refreshingUntil > now()
        const isElsewhere = isClaimed && !writer.holds(record)
        try {
          if (isElsewhere) await wait(lookMs, undefined, { signal })
          else {
            refreshes++
            await refreshOnce(provider, record, tokens.refreshToken)
          }
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error
          if (error.final) throw expired(provider)
          report(error)
          const lasts = record.expiresAt === null || record.expiresAt > now()
          if (lasts && refused !== tokens.accessToken) return given
          throw failed(provider)
        }
      }
    },

    async revoke(provider, record) {
      await giveBack(provider, () => openTokens(sealer, record))
      if (writer.holds(record)) await writer.writeAgain(record).catch(report)
    },
  }
}

function notConnected({ name }: Provider): CapabilityError {
  return new CapabilityError("NOT_CONNECTED", `Cannot use the account at "${name}": none is connected.`)
}

function expired({ name }: Provider): CapabilityError {
  const reason = "the provider does not accept it any more; it must be connected again"
  return new CapabilityError("CONNECTION_EXPIRED", `Cannot use the account at "${name}": ${reason}.`)
}

function failed({ name }: Provider): CapabilityError {
  const reason = "the provider gave no new token; it may do so later"
  return new CapabilityError("PROVIDER_FAILED", `Cannot use the account at "${name}": ${reason}.`)
}
