import type { Migration } from "./migration.ts"

/**
 * What was measured. A window is added whole and never changed but for its mark that it was rolled up, so that processes
 * need not read before they write. No foreign keys: history outlives its functions, and windows are written without looking.
 */
export const metricsMigration: Migration = {
  name: "0017_metrics",
  statements: ({ key, text, integer, bigInteger, real, bytes, tableOptions }) => [
    `create table inlay_series (
      organisation ${key} not null,
      id ${key} not null,
      key ${key} not null,
      function_id ${key},
      dimensions ${text} not null,
      seen_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_series_keys on inlay_series (organisation, key, id)",
    "create index inlay_series_function on inlay_series (organisation, function_id, key, id)",
    "create index inlay_series_expiry on inlay_series (seen_at)",
    `create table inlay_windows (
      organisation ${key} not null,
      series_id ${key} not null,
      resolution ${integer} not null,
      at ${bigInteger} not null,
      part ${key} not null,
      count ${bigInteger} not null,
      sum ${real} not null,
      m2 ${real} not null,
      min ${real} not null,
      max ${real} not null,
      sketch ${bytes} not null,
      rolled_up ${integer} not null,
      primary key (organisation, series_id, resolution, at, part)
    )${tableOptions}`,
    `create index inlay_windows_unrolled on inlay_windows (resolution, organisation, series_id, at)
      where rolled_up = 0`,
    "create index inlay_windows_expiry on inlay_windows (resolution, at) where rolled_up = 1",
  ],
}
