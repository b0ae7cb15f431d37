import type { AlertStatus } from "../../../../src/model/alert.ts"
import type { AlertSeverity } from "../../../../src/model/severity.ts"
import type { BigInteger, Json, NullableBigInteger } from "../column-types.ts"

/** The tables of alerts, as Kysely sees them. */
export interface AlertTables {
  inlay_alert_rules: {
    organisation: string
    id: string
    name: string
    rule: Json
    created_at: BigInteger
    updated_at: BigInteger
  }
  inlay_alerts: {
    organisation: string
    id: string
    rule_id: string
    /** Empty for none, as is `series`. */
    function: string
    series: string
    status: AlertStatus
    severity: AlertSeverity
    /** 1 until it is resolved, then null: a rule and a function have one open alert. */
    open: number | null
    resolves_at: NullableBigInteger
    resolved_at: NullableBigInteger
    alert: Json
  }
  inlay_alert_checks: {
    organisation: string
    id: string
    due_at: BigInteger
  }
  inlay_alert_silences: {
    organisation: string
    id: string
    ends_at: BigInteger
    silence: Json
  }
}
