import type { Migration } from "./migration.ts"

/** Which batches of failures are counted already, so that none counts twice where its commit went unanswered. */
export const errorBatchesMigration: Migration = {
  name: "0029_error_batches",
  statements: ({ key, bigInteger, tableOptions }) => [
    `create table inlay_error_batches (
      organisation ${key} not null,
      id ${key} not null,
      added_at ${bigInteger} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_error_batches_expiry on inlay_error_batches (added_at)",
  ],
}
