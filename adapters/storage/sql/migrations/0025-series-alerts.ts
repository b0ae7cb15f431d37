import type { Migration } from "./migration.ts"

/** Alerts about series, and when their rules are to be looked at. */
export const seriesAlertsMigration: Migration = {
  name: "0025_series_alerts",
  statements: ({ key, bigInteger, tableOptions }) => [
    // None is the empty text, because unique indexes take nulls for different.
    `alter table inlay_alerts add column series ${key} not null default ''`,
    "drop index inlay_alerts_open",
    `create unique index inlay_alerts_open on inlay_alerts (organisation, rule_id, function, series)
      where open is not null`,
    `create table inlay_alert_checks (
      organisation ${key} not null,
      id ${key} not null,
      due_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_alert_checks_due on inlay_alert_checks (due_at)",
  ],
}
