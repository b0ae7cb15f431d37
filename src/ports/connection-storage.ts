/** An account as it is kept. */
export interface ConnectionRecord {
  readonly organisation: string
  readonly provider: string
  readonly status: "connected" | "expired"
  readonly account: string | null
  readonly scopes: readonly string[]
  /** The tokens, encrypted. */
  readonly sealed: string
  /** When the access token ends; null where nobody knows. */
  readonly expiresAt: number | null
  /** Until when one process alone refreshes the tokens; null where none does. */
  readonly refreshingUntil: number | null
  /** Grows with each change. */
  readonly revision: number
  readonly connectedAt: number
  readonly updatedAt: number
}

/** What one process writes at the end of its refreshing. */
export type RefreshedTokens = Pick<ConnectionRecord, "status" | "scopes" | "sealed" | "expiresAt" | "updatedAt">

/** A request that a browser has not come back from. */
export interface PendingConnection {
  readonly organisation: string
  /** SHA-256 of the state that the browser brings back. */
  readonly stateHash: string
  readonly provider: string
  /** What the end needs, encrypted. */
  readonly sealed: string
  readonly expiresAt: number
}

/** Accounts of organisations at providers. */
export interface ConnectionStore {
  /** Keeps a request, and removes those of all organisations whose time has come. */
  addPending(pending: PendingConnection, now: number): Promise<void>
  /** Removes a request and gives it: MUST give it to one of several who ask at the same time. */
  takePending(organisation: string, stateHash: string): Promise<PendingConnection | null>
  /** Keeps an account in the place of the one that was there; a refresh under way cannot be finished any more. */
  save(record: Omit<ConnectionRecord, "revision" | "refreshingUntil">): Promise<void>
  find(organisation: string, provider: string): Promise<ConnectionRecord | null>
  /** Sorted by provider. */
  list(organisation: string): Promise<readonly ConnectionRecord[]>
  /**
   * Lets the caller alone refresh until `until`, and gives the revision that the refresh ends with; null where the account
   * is not at `revision` any more, or another is refreshing it.
   */
  beginRefresh(
    organisation: string,
    provider: string,
    claim: { readonly revision: number; readonly until: number; readonly now: number },
  ): Promise<number | null>
  /** Ends a refresh, with new tokens or (null) without; false, and nothing is changed, where it is not the caller's any more. */
  endRefresh(organisation: string, provider: string, revision: number, tokens: RefreshedTokens | null): Promise<boolean>
  /** The account that was removed. */
  remove(organisation: string, provider: string): Promise<ConnectionRecord | null>
}
