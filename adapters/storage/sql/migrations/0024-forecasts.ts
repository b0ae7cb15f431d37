import type { Migration } from "./migration.ts"

/** Forecasts, the schedules that they are made by, and the runs of these. */
export const forecastsMigration: Migration = {
  name: "0024_forecasts",
  statements: ({ key, text, bigInteger, tableOptions }) => [
    `create table inlay_forecasts (
      organisation ${key} not null,
      id ${key} not null,
      key ${key} not null,
      function_id ${key},
      backend ${key} not null,
      schedule_id ${key},
      made_at ${bigInteger} not null,
      ends_at ${bigInteger} not null,
      evaluated_at ${bigInteger},
      forecast ${text} not null,
      points ${text} not null,
      evaluation ${text},
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_forecasts_series on inlay_forecasts (organisation, key, id)",
    "create index inlay_forecasts_schedule on inlay_forecasts (organisation, schedule_id, id) where schedule_id is not null",
    "create index inlay_forecasts_due on inlay_forecasts (ends_at) where evaluated_at is null",
    "create index inlay_forecasts_expiry on inlay_forecasts (made_at)",
    `create table inlay_forecast_schedules (
      organisation ${key} not null,
      id ${key} not null,
      name ${key} not null,
      schedule ${text} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create unique index inlay_forecast_schedules_name on inlay_forecast_schedules (organisation, name)",
    `create table inlay_forecast_runs (
      organisation ${key} not null,
      id ${key} not null,
      schedule_id ${key} not null,
      status ${text} not null,
      ended_at ${bigInteger},
      run ${text} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_forecast_runs_schedule on inlay_forecast_runs (organisation, schedule_id, id)",
    "create index inlay_forecast_runs_expiry on inlay_forecast_runs (ended_at) where ended_at is not null",
  ],
}
