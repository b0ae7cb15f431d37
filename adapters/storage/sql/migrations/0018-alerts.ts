import type { Migration } from "./migration.ts"

/** Rules of alerts, what they found, and silences. */
export const alertsMigration: Migration = {
  name: "0018_alerts",
  statements: ({ key, text, integer, bigInteger, tableOptions }) => [
    `create table inlay_alert_rules (
      organisation ${key} not null,
      id ${key} not null,
      name ${key} not null,
      rule ${text} not null,
      created_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create unique index inlay_alert_rules_name on inlay_alert_rules (organisation, name)",
    `create table inlay_alerts (
      organisation ${key} not null,
      id ${key} not null,
      rule_id ${key} not null,
      function ${key} not null,
      status ${text} not null,
      severity ${text} not null,
      open ${integer},
      resolves_at ${bigInteger},
      resolved_at ${bigInteger},
      alert ${text} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create unique index inlay_alerts_open on inlay_alerts (organisation, rule_id, function) where open is not null",
    "create index inlay_alerts_resolving on inlay_alerts (resolves_at) where resolves_at is not null",
    "create index inlay_alerts_expiry on inlay_alerts (resolved_at) where resolved_at is not null",
    `create table inlay_alert_silences (
      organisation ${key} not null,
      id ${key} not null,
      ends_at ${bigInteger} not null,
      silence ${text} not null,
      primary key (organisation, id)
    )${tableOptions}`,
  ],
}
