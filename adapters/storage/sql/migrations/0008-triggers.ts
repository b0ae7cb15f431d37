import type { Migration } from "./migration.ts"

/** Triggers as rows of their own, what they fired, and what pipelines declare. */
export const triggersMigration: Migration = {
  name: "0008_triggers",
  statements: ({ key, text, bigInteger, tableOptions }) => [
    `create table inlay_triggers (
      organisation ${key} not null,
      id ${key} not null,
      name ${key} not null,
      type ${key} not null,
      target_kind ${text} not null check (target_kind in ('function', 'pipeline')),
      target_id ${key} not null,
      target_name ${key} not null,
      configuration ${text} not null,
      status ${text} not null check (status in ('active', 'paused')),
      next_at ${bigInteger},
      last_fired_at ${bigInteger},
      created_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create unique index inlay_triggers_target on inlay_triggers (organisation, target_id, name)",
    "create index inlay_triggers_active on inlay_triggers (organisation, id) where status = 'active' and next_at is null",
    "create index inlay_triggers_due on inlay_triggers (next_at) where status = 'active' and next_at is not null",
    `create table inlay_firings (
      organisation ${key} not null,
      id ${key} not null,
      trigger_id ${key} not null,
      cause ${text} not null check (cause in ('schedule', 'event', 'webhook', 'test', 'replay')),
      key ${key},
      scheduled_for ${bigInteger},
      fired_at ${bigInteger} not null,
      event ${text} not null,
      outcome ${text} not null check (outcome in ('queued', 'skipped', 'refused')),
      reason ${text},
      job_id ${key},
      origin_id ${key},
      primary key (organisation, id)
    )${tableOptions}`,
    "create unique index inlay_firings_once on inlay_firings (organisation, trigger_id, key) where key is not null",
    "create index inlay_firings_trigger on inlay_firings (organisation, trigger_id, id)",
    "create index inlay_firings_expiry on inlay_firings (fired_at)",
    `alter table inlay_pipelines add column triggers ${text} not null default '[]'`,
  ],
}
