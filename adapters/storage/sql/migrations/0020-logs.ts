import type { Migration } from "./migration.ts"

/** What functions wrote, line by line. No foreign keys: history outlives its functions. */
export const logsMigration: Migration = {
  name: "0020_logs",
  statements: ({ key, integer, bigInteger, tableOptions }) => [
    `create table inlay_logs (
      organisation ${key} not null,
      id ${key} not null,
      at ${bigInteger} not null,
      level ${integer} not null,
      message ${key} not null,
      fields ${key},
      function_id ${key} not null,
      function_name ${key} not null,
      version ${integer} not null,
      invocation_id ${key} not null,
      trace_id ${key} not null,
      written_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_logs_function on inlay_logs (organisation, function_id, id)",
    "create index inlay_logs_invocation on inlay_logs (organisation, invocation_id, id)",
    "create index inlay_logs_trace on inlay_logs (organisation, trace_id, id)",
    // Most lines are of lower levels.
    "create index inlay_logs_serious on inlay_logs (organisation, id) where level >= 2",
    "create index inlay_logs_written on inlay_logs (written_at, organisation, id)",
  ],
}
