import type { Migration } from "./migration.ts"

/**
 * Spans, and a summary of each trace that grows with them; and who asked for a job, so that its spans have a parent. No
 * foreign keys: spans of a trace come from several processes, in any order.
 */
export const tracesMigration: Migration = {
  name: "0022_traces",
  statements: ({ key, text, integer, real, tableOptions }) => [
    `create table inlay_traces (
      organisation ${key} not null,
      trace_id ${key} not null,
      started_at ${real} not null,
      ended_at ${real} not null,
      duration_ms ${real} not null,
      kind ${key} not null,
      name ${text} not null,
      root_ms ${real} not null,
      status ${key} not null,
      spans ${integer} not null,
      primary key (organisation, trace_id)
    )${tableOptions}`,
    "create index inlay_traces_started on inlay_traces (organisation, started_at, trace_id)",
    "create index inlay_traces_expiry on inlay_traces (ended_at)",
    `create table inlay_spans (
      organisation ${key} not null,
      trace_id ${key} not null,
      span_id ${key} not null,
      parent_span_id ${key},
      kind ${key} not null,
      name ${text} not null,
      function ${key},
      status ${key} not null,
      started_at ${real} not null,
      duration_ms ${real} not null,
      weight ${real} not null,
      attributes ${text} not null,
      primary key (organisation, trace_id, span_id)
    )${tableOptions}`,
    "create index inlay_spans_started on inlay_spans (organisation, started_at, trace_id, span_id)",
    `alter table inlay_jobs add column asked_by ${text}`,
  ],
}
