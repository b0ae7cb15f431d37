import { setTimeout as wait } from "node:timers/promises"
import type { ConnectionRecord, ConnectionStore } from "../ports/connection-storage.ts"
import type { Provider } from "./options.ts"
import type { Sealer } from "./sealer.ts"
import { type StoredTokens, sealTokens } from "./stored-tokens.ts"

/** How often the store is asked to take tokens, with twice the pause each time, before whoever asked for them is told. */
const maxTries = 5
const firstPauseMs = 100

/** What a refresh gave. */
export interface FreshTokens {
  /** What the refresh ends with. */
  readonly revision: number
  readonly tokens: StoredTokens
  readonly scopes: readonly string[]
  readonly expiresAt: number | null
}

/** Whose account it is. */
type Owner = Pick<ConnectionRecord, "organisation" | "provider">

/**
 * Writes fresh tokens down. A provider that rotates refresh tokens has ended the old one, so until the store takes the new
 * one it is nowhere but here: it is kept through failures of the store.
 */
export interface TokenWriter {
  /** Rejects where the store fails for longer; the tokens stay here. */
  write(provider: Provider, owner: Owner, fresh: FreshTokens): Promise<void>
  /** Whether it has tokens of an account that the store did not take. */
  holds(owner: Owner): boolean
  /** Writes these. */
  writeAgain(owner: Owner): Promise<void>
}

/** Creates a writer that holds nothing. */
export function createTokenWriter(options: {
  readonly store: ConnectionStore
  readonly sealer: Sealer
  readonly now: () => number
  readonly giveBack: (provider: Provider, read: () => StoredTokens) => Promise<void>
}): TokenWriter {
  const { store, sealer, now, giveBack } = options
  const held = new Map<string, () => Promise<void>>()

  async function end(provider: Provider, { organisation }: Owner, fresh: FreshTokens): Promise<void> {
    const { revision, tokens, scopes, expiresAt } = fresh
    const stored = await store.endRefresh(organisation, provider.name, revision, {
      status: "connected",
      scopes,
      sealed: sealTokens(sealer, organisation, provider.name, tokens),
      expiresAt,
      updatedAt: now(),
    })
    // Disconnected meanwhile; the tokens that were given back then were the old ones.
    if (!stored && !(await store.find(organisation, provider.name))) await giveBack(provider, () => tokens)
  }

  async function writeAgain(owner: Owner): Promise<void> {
    for (let tries = 1, pauseMs = firstPauseMs; ; tries++, pauseMs *= 2) {
      try {
        await held.get(keyOf(owner))?.()
        held.delete(keyOf(owner))
        return
      } catch (error) {
        if (tries === maxTries) throw error
        await wait(pauseMs)
      }
    }
  }

  return {
    write(provider, owner, fresh) {
      held.set(keyOf(owner), () => end(provider, owner, fresh))
      return writeAgain(owner)
    },
    holds: (owner) => held.has(keyOf(owner)),
    writeAgain,
  }
}

function keyOf({ organisation, provider }: Owner): string {
  return JSON.stringify([organisation, provider])
}
