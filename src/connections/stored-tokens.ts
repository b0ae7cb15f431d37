import type { ConnectionRecord } from "../ports/connection-storage.ts"
import type { TokenSet } from "../ports/oauth-client.ts"
import { latestTime } from "../util/latest-time.ts"
import type { Sealer } from "./sealer.ts"

/** What of a provider's answer is kept. */
export type StoredTokens = Pick<TokenSet, "accessToken" | "refreshToken">

/** Encrypts tokens for one organisation's account at one provider. */
export function sealTokens(sealer: Sealer, organisation: string, provider: string, tokens: StoredTokens): string {
  const { accessToken, refreshToken } = tokens
  return sealer.seal(JSON.stringify({ accessToken, refreshToken }), toContext(organisation, provider))
}

/** The tokens of an account. */
export function openTokens(sealer: Sealer, { organisation, provider, sealed }: ConnectionRecord): StoredTokens {
  return JSON.parse(sealer.open(sealed, toContext(organisation, provider))) as StoredTokens
}

/** When an access token ends that was given at `at`; null where never, which some providers tell as 0 seconds. */
export function toExpiry({ expiresInSeconds }: TokenSet, at: number): number | null {
  return expiresInSeconds ? Math.min(Math.floor(at + expiresInSeconds * 1000), latestTime) : null
}

function toContext(organisation: string, provider: string): readonly string[] {
  return ["tokens", organisation, provider]
}
