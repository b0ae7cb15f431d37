import type { ColumnType } from "kysely"

type BigInteger = ColumnType<number | string | bigint, number, number>
type NullableBigInteger = ColumnType<number | string | bigint | null, number | null, number | null>

/** The tables of accounts at providers, as Kysely sees them. */
export interface ConnectionTables {
  inlay_connections: {
    organisation: string
    provider: string
    status: "connected" | "expired"
    account: string | null
    /** JSON. */
    scopes: string
    sealed: string
    expires_at: NullableBigInteger
    refreshing_until: NullableBigInteger
    revision: BigInteger
    connected_at: BigInteger
    updated_at: BigInteger
  }
  inlay_pending_connections: {
    organisation: string
    state_hash: string
    provider: string
    sealed: string
    expires_at: BigInteger
  }
}
