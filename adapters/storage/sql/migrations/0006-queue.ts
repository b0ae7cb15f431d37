import type { Migration } from "./migration.ts"

/**
 * The queue. An index covers the jobs of one state alone, so that what has ended costs nothing but its room. Rows are
 * found by state in the order that each state needs: by turn, by time, by the end of the lease, by lane.
 */
export const queueMigration: Migration = {
  name: "0006_queue",
  statements: ({ key, text, integer, bigInteger, real, tableOptions }) => [
    `create table inlay_jobs (
      organisation ${key} not null,
      id ${key} not null,
      kind ${text} not null,
      target ${key} not null,
      payload ${text} not null,
      status ${text} not null
        check (status in ('delayed', 'held', 'waiting', 'running', 'succeeded', 'failed', 'cancelled')),
      priority ${integer} not null,
      turn ${real} not null,
      weight ${real} not null,
      run_at ${bigInteger} not null,
      deadline_at ${bigInteger},
      attempt ${integer} not null,
      max_attempts ${integer} not null,
      attempts ${text} not null,
      token ${integer} not null,
      lease_until ${bigInteger},
      hastened_to ${bigInteger},
      lane ${key},
      lane_limit ${integer},
      idempotency_key ${key},
      idempotency_hash ${text},
      idempotency_until ${bigInteger},
      origin_id ${key},
      replayed_as ${key},
      trace_id ${text} not null,
      result ${text},
      error ${text},
      error_code ${text},
      created_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_jobs_turn on inlay_jobs (turn, id) where status = 'waiting'",
    "create index inlay_jobs_organisation_turn on inlay_jobs (organisation, turn) where status = 'waiting'",
    "create index inlay_jobs_priority on inlay_jobs (organisation, priority desc, turn) where status = 'waiting' and priority <> 0",
    "create index inlay_jobs_due on inlay_jobs (run_at) where status = 'delayed'",
    "create index inlay_jobs_lease on inlay_jobs (lease_until) where status = 'running'",
    "create index inlay_jobs_lane on inlay_jobs (organisation, lane) where lane is not null and status in ('waiting', 'running')",
    "create index inlay_jobs_held on inlay_jobs (organisation, lane, priority desc, id) where status = 'held'",
    "create unique index inlay_jobs_idempotency on inlay_jobs (organisation, idempotency_key) where idempotency_key is not null",
    "create index inlay_jobs_failed on inlay_jobs (organisation, id) where status = 'failed'",
    "create index inlay_jobs_ended on inlay_jobs (status, updated_at) where status in ('succeeded', 'failed', 'cancelled')",
  ],
}
