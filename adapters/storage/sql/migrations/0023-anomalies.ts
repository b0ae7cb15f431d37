import type { Migration } from "./migration.ts"

/** What was found unusual, what was learned of each series, how it is watched, and by whom. */
export const anomaliesMigration: Migration = {
  name: "0023_anomalies",
  statements: ({ key, text, bigInteger, tableOptions }) => [
    `create table inlay_anomalies (
      organisation ${key} not null,
      id ${key} not null,
      subject ${key} not null,
      function_id ${key},
      key ${key} not null,
      severity ${text} not null,
      at ${bigInteger} not null,
      expected_at ${bigInteger},
      anomaly ${text} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_anomalies_function on inlay_anomalies (organisation, function_id, id)",
    "create index inlay_anomalies_expected on inlay_anomalies (organisation, subject, id) where expected_at is not null",
    "create index inlay_anomalies_expiry on inlay_anomalies (at) where expected_at is null",
    `create table inlay_anomaly_states (
      organisation ${key} not null,
      series_id ${key} not null,
      at ${bigInteger} not null,
      state ${text} not null,
      primary key (organisation, series_id)
    )${tableOptions}`,
    "create index inlay_anomaly_states_expiry on inlay_anomaly_states (at)",
    `create table inlay_anomaly_settings (
      organisation ${key} not null,
      function_id ${key} not null,
      settings ${text} not null,
      primary key (organisation, function_id)
    )${tableOptions}`,
    `create table inlay_anomaly_watch (
      name ${key} not null,
      owner ${key} not null,
      held_until ${bigInteger} not null,
      at ${bigInteger},
      primary key (name)
    )${tableOptions}`,
    // The watch reads each minute of all series, once.
    "create index inlay_windows_minute on inlay_windows (at, organisation, series_id) where resolution = 60000",
  ],
}
