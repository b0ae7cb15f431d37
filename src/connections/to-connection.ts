import type { Connection } from "../model/connection.ts"
import type { ConnectionRecord } from "../ports/connection-storage.ts"

/** What may be told of an account. */
export function toConnection(provider: string, record: ConnectionRecord | null): Connection {
  if (!record) {
    return { provider, status: "disconnected", account: null, scopes: [], expiresAt: null, connectedAt: null }
  }
  const { status, account, scopes, expiresAt, connectedAt } = record
  return { provider, status, account, scopes, expiresAt, connectedAt }
}
