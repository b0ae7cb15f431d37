import type { Migration } from "./migration.ts"

/**
 * Points that come from outside: their sources, what is known of points so that each counts once, and what batches were
 * answered. The points themselves are windows of metrics, written in the same transaction.
 */
export const ingestionMigration: Migration = {
  name: "0019_ingestion",
  statements: ({ key, text, bigInteger, tableOptions }) => [
    `create table inlay_ingest_sources (
      organisation ${key} not null,
      name ${key} not null,
      source ${text} not null,
      created_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, name)
    )${tableOptions}`,
    `create table inlay_ingest_points (
      organisation ${key} not null,
      id ${key} not null,
      content ${key} not null,
      stored_at ${bigInteger} not null,
      expires_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_ingest_points_expiry on inlay_ingest_points (expires_at)",
    `create table inlay_ingest_batches (
      organisation ${key} not null,
      key ${key} not null,
      hash ${key} not null,
      answer ${text} not null,
      stored_at ${bigInteger} not null,
      expires_at ${bigInteger} not null,
      primary key (organisation, key)
    )${tableOptions}`,
    "create index inlay_ingest_batches_expiry on inlay_ingest_batches (expires_at)",
  ],
}
