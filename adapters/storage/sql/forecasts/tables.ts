import type { ForecastRunStatus } from "../../../../src/model/forecast-schedule.ts"
import type { BigInteger, Json, NullableBigInteger } from "../column-types.ts"

/** The tables of forecasts, as Kysely sees them. */
export interface ForecastTables {
  inlay_forecasts: {
    organisation: string
    id: string
    key: string
    function_id: string | null
    backend: string
    schedule_id: string | null
    made_at: BigInteger
    ends_at: BigInteger
    evaluated_at: NullableBigInteger
    forecast: Json
    points: Json
    evaluation: Json | null
  }
  inlay_forecast_schedules: {
    organisation: string
    id: string
    name: string
    schedule: Json
  }
  inlay_forecast_runs: {
    organisation: string
    id: string
    schedule_id: string
    status: ForecastRunStatus
    ended_at: NullableBigInteger
    run: Json
  }
}
