import type { Migration } from "./migration.ts"

/** What happened: one row per invocation. No foreign keys, because history outlives its functions. */
export const invocationsMigration: Migration = {
  name: "0002_invocations",
  statements: ({ key, text, integer, bigInteger, real, tableOptions }) => [
    `create table inlay_invocations (
      organisation ${key} not null,
      id ${key} not null,
      function_id ${key} not null,
      name ${key} not null,
      version ${integer} not null,
      status ${text} not null check (status in ('succeeded', 'failed')),
      error ${text},
      logs ${text} not null,
      started_at ${bigInteger} not null,
      ended_at ${bigInteger} not null,
      duration_ms ${real} not null,
      cpu_ms ${real} not null,
      memory_bytes ${bigInteger} not null,
      cold_start ${integer} not null,
      trace_id ${key} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_invocations_function on inlay_invocations (organisation, function_id, id)",
    "create index inlay_invocations_failed on inlay_invocations (organisation, id) where status = 'failed'",
    `create index inlay_invocations_function_failed on inlay_invocations (organisation, function_id, id)
      where status = 'failed'`,
    // Covers the summary, so that counting a million invocations reads none of their logs.
    `create index inlay_invocations_summary on inlay_invocations
      (organisation, function_id, started_at, duration_ms, cpu_ms, memory_bytes, status, cold_start)`,
  ],
}
