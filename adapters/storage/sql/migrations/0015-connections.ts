import type { Migration } from "./migration.ts"

/** Accounts at providers, and requests for them. */
export const connectionsMigration: Migration = {
  name: "0015_connections",
  statements: ({ key, text, bigInteger, tableOptions }) => [
    `create table inlay_connections (
      organisation ${key} not null,
      provider ${key} not null,
      status ${text} not null,
      account ${text},
      scopes ${text} not null,
      sealed ${text} not null,
      expires_at ${bigInteger},
      refreshing_until ${bigInteger},
      revision ${bigInteger} not null,
      connected_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, provider)
    )${tableOptions}`,
    `create table inlay_pending_connections (
      organisation ${key} not null,
      state_hash ${key} not null,
      provider ${key} not null,
      sealed ${text} not null,
      expires_at ${bigInteger} not null,
      primary key (organisation, state_hash)
    )${tableOptions}`,
    "create index inlay_pending_connections_expiry on inlay_pending_connections (expires_at)",
  ],
}
