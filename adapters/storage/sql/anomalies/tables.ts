import type { AlertSeverity } from "../../../../src/model/severity.ts"
import type { BigInteger, Json, NullableBigInteger } from "../column-types.ts"

/** The tables of anomalies, as Kysely sees them. */
export interface AnomalyTables {
  inlay_anomalies: {
    organisation: string
    id: string
    /** The id of the function, or of a series that is watched by itself. */
    subject: string
    function_id: string | null
    key: string
    severity: AlertSeverity
    at: BigInteger
    /** When somebody marked it as expected. */
    expected_at: NullableBigInteger
    anomaly: Json
  }
  inlay_anomaly_states: {
    organisation: string
    series_id: string
    at: BigInteger
    state: Json
  }
  inlay_anomaly_settings: {
    organisation: string
    /** Empty for those of the whole organisation. */
    function_id: string
    settings: Json
  }
  /** One row: who watches. */
  inlay_anomaly_watch: {
    name: string
    owner: string
    held_until: BigInteger
    /** The last minute that was watched. */
    at: NullableBigInteger
  }
}
