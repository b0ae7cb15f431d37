import type { BigInteger, Bytes, Json } from "./column-types.ts"

/** The tables of what was measured, as Kysely sees them. */
export interface MetricTables {
  inlay_series: {
    organisation: string
    id: string
    key: string
    function_id: string | null
    dimensions: Json
    seen_at: BigInteger
  }
  inlay_windows: {
    organisation: string
    series_id: string
    resolution: number
    at: BigInteger
    part: string
    count: BigInteger
    sum: number
    m2: number
    min: number
    max: number
    sketch: Bytes
    rolled_up: number
  }
}
