import type { Migration } from "./migration.ts"

/** How many events led to a job; webhooks by their type, and how many deliveries of each were refused. */
export const eventChainsMigration: Migration = {
  name: "0011_event_chains",
  statements: ({ integer, bigInteger }) => [
    `alter table inlay_jobs add column depth ${integer} not null default 0`,
    `alter table inlay_triggers add column refused ${bigInteger} not null default 0`,
    "create index inlay_triggers_webhooks on inlay_triggers (organisation, id) where type = 'webhook'",
  ],
}
