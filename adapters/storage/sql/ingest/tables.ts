import type { BigInteger, Json } from "../column-types.ts"

/** The tables of points that come from outside, as Kysely sees them. */
export interface IngestTables {
  inlay_ingest_sources: {
    organisation: string
    name: string
    source: Json
    created_at: BigInteger
    updated_at: BigInteger
  }
  inlay_ingest_points: {
    organisation: string
    id: string
    content: string
    stored_at: BigInteger
    expires_at: BigInteger
  }
  inlay_ingest_batches: {
    organisation: string
    key: string
    hash: string
    answer: Json
    stored_at: BigInteger
    expires_at: BigInteger
  }
}
