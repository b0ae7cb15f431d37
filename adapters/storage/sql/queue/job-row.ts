import { type Insertable, type RawBuilder, type Selectable, sql } from "kysely"
import { readFlow } from "../../../../src/model/flow.ts"
import type { Job, NewJob } from "../../../../src/model/job.ts"
import { readJson } from "../../../../src/util/read-json.ts"
import type { SqlValue } from "../connection.ts"
import type { Schema } from "../schema.ts"

/** What only the queue itself reads of a row. */
type InnerColumn = "error_code" | "hastened_to" | "lane" | "lease_until" | "passed"

/** A job's row without that. */
export type JobRow = Omit<Selectable<Schema["inlay_jobs"]>, InnerColumn>

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
  idempotency_key: null,
  idempotency_hash: null,
  idempotency_until: null,
  origin_id: null,
  trace_id: "",
  depth: 0,
  created_at: 0,
  updated_at: 0,
  flow: null,
  asked_by: null,
}

const columns: Readonly<Record<keyof JobRow, true>> = {
  organisation: true,
  id: true,
  kind: true,
  target: true,
  payload: true,
  status: true,
  priority: true,
  turn: true,
  weight: true,
  run_at: true,
  deadline_at: true,
  attempt: true,
  max_attempts: true,
  attempts: true,
  token: true,
  idempotency_key: true,
  idempotency_hash: true,
  idempotency_until: true,
  origin_id: true,
  replayed_as: true,
  trace_id: true,
  result: true,
  error: true,
  created_at: true,
  updated_at: true,
  depth: true,
  flow: true,
  leader_id: true,
  asked_by: true,
}

/** For what a statement that leases jobs returns. */
export const leasedColumns: RawBuilder<unknown> = sql.raw(
  Object.keys(columns)
    .map((name) => `inlay_jobs.${name} as ${name}`)
    .join(", "),
)

/** Where a new job stands, and when its turn is. */
export interface Place {
  readonly status: "delayed" | "waiting" | "running"
  readonly turn: number
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
    job.idempotency?.key ?? null,
    job.idempotency?.hash ?? null,
    job.idempotency ? Math.round(job.idempotency.until) : null,
    job.originId,
    job.traceId,
    job.depth ?? 0,
    createdAt,
    createdAt,
    job.flow === null ? null : JSON.stringify(job.flow),
    job.askedBy ? JSON.stringify(job.askedBy) : null,
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
    // What cannot be read of one job must not keep others from being taken.
    attempts: readJson(row.attempts, []),
    flow: row.flow === null ? null : readFlow(row.flow),
    idempotency: toIdempotency(row),
    originId: row.origin_id,
    traceId: row.trace_id,
    depth: row.depth,
    ...(row.asked_by !== null && { askedBy: readJson(row.asked_by, {}) }),
    result: row.result,
    error: row.error === null ? null : readJson(row.error, null),
    replayedAs: row.replayed_as,
    leaderId: row.leader_id,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}

function toIdempotency({ idempotency_key, idempotency_hash, idempotency_until }: JobRow): Job["idempotency"] {
  if (idempotency_key === null) return null
  return { key: idempotency_key, hash: idempotency_hash ?? "", until: Number(idempotency_until) }
}
