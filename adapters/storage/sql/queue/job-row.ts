import type { Insertable, Selectable } from "kysely"
import type { Job, NewJob } from "../../../../src/model/job.ts"
import type { SqlValue } from "../connection.ts"
import type { Schema } from "../schema.ts"
import type { Place } from "./places.ts"

type JobRow = Selectable<Schema["inlay_jobs"]>

/** The order of the columns is that of `toNewRow`. */
export const sampleJobRow: Insertable<Schema["inlay_jobs"]> = {
  organisation: "",
  id: "",
  kind: "function",
  target: "",
  payload: "",
  status: "waiting",
  priority: 0,
  turn: 0,
  weight: 1,
  run_at: 0,
  deadline_at: null,
  attempt: 0,
  max_attempts: 0,
  attempts: "[]",
  token: 0,
  lease_until: null,
  lane: null,
  lane_limit: null,
  idempotency_key: null,
  idempotency_hash: null,
  idempotency_until: null,
  origin_id: null,
  trace_id: "",
  created_at: 0,
  updated_at: 0,
}

/** The values of a new job's row, with the place that it was given. */
export function toNewRow(job: NewJob, { status, turn }: Place): readonly SqlValue[] {
  const createdAt = Math.round(job.createdAt)
  return [
    job.organisation,
    job.id,
    job.kind,
    job.target,
    job.payload,
    status,
    job.priority,
    turn,
    job.weight,
    Math.round(job.runAt),
    job.deadlineAt === null ? null : Math.round(job.deadlineAt),
    job.leasedUntil === null ? 0 : 1,
    job.maxAttempts,
    "[]",
    job.leasedUntil === null ? 0 : 1,
    job.leasedUntil === null ? null : Math.round(job.leasedUntil),
    job.lane?.key ?? null,
    job.lane?.limit ?? null,
    job.idempotency?.key ?? null,
    job.idempotency?.hash ?? null,
    job.idempotency ? Math.round(job.idempotency.until) : null,
    job.originId,
    job.traceId,
    createdAt,
    createdAt,
  ]
}

/** A row as a job. */
export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    organisation: row.organisation,
    kind: row.kind,
    target: row.target,
    payload: row.payload,
    status: row.status,
    priority: row.priority,
    weight: row.weight,
    runAt: Number(row.run_at),
    deadlineAt: row.deadline_at === null ? null : Number(row.deadline_at),
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    attempts: JSON.parse(row.attempts),
    lane: toLane(row),
    idempotency: toIdempotency(row),
    originId: row.origin_id,
    traceId: row.trace_id,
    result: row.result,
    error: row.error === null ? null : JSON.parse(row.error),
    replayedAs: row.replayed_as,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}

function toLane({ lane, lane_limit }: JobRow): Job["lane"] {
  return lane === null ? null : { key: lane, limit: lane_limit ?? 1 }
}

function toIdempotency({ idempotency_key, idempotency_hash, idempotency_until }: JobRow): Job["idempotency"] {
  if (idempotency_key === null) return null
  return { key: idempotency_key, hash: idempotency_hash ?? "", until: Number(idempotency_until) }
}
