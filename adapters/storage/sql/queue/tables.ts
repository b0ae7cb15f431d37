import type { Generated } from "kysely"
import type { JobKind } from "../../../../src/model/job.ts"
import type { BigInteger, Json, NullableBigInteger } from "../column-types.ts"

/** Jobs, as Kysely sees them. */
export interface JobsTable {
  organisation: string
  id: string
  kind: JobKind
  target: string
  payload: Json
  status: "delayed" | "held" | "waiting" | "running" | "succeeded" | "failed" | "cancelled"
  priority: number
  turn: number
  weight: number
  run_at: BigInteger
  deadline_at: NullableBigInteger
  attempt: number
  max_attempts: number
  attempts: Json
  token: number
  lease_until: NullableBigInteger
  hastened_to: NullableBigInteger
  lane: string | null
  idempotency_key: string | null
  idempotency_hash: string | null
  idempotency_until: NullableBigInteger
  origin_id: string | null
  replayed_as: string | null
  trace_id: string
  result: Json | null
  error: Json | null
  error_code: string | null
  created_at: BigInteger
  updated_at: BigInteger
  depth: number
  flow: Json | null
  passed: Generated<number>
  leader_id: string | null
  asked_by: Json | null
}

/** What holds jobs back. */
export interface LanesTable {
  organisation: string
  lane: string
  taken: number
  places: number
  paced_to: BigInteger
  opened_at: NullableBigInteger
  next_at: NullableBigInteger
}
