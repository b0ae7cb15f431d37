import type { Migration } from "./migration.ts"

/** Failures, grouped by their fingerprints. No foreign keys: history outlives its functions. */
export const errorGroupsMigration: Migration = {
  name: "0021_error_groups",
  statements: ({ key, text, integer, bigInteger, tableOptions }) => [
    `create table inlay_error_groups (
      organisation ${key} not null,
      id ${key} not null,
      function_id ${key} not null,
      function_name ${key} not null,
      code ${key} not null,
      name ${text} not null,
      message ${text} not null,
      status ${text} not null,
      count ${bigInteger} not null,
      first_at ${bigInteger} not null,
      first_version ${integer} not null,
      last_at ${bigInteger} not null,
      last_version ${integer} not null,
      last ${text} not null,
      resolved_at ${bigInteger},
      resolved_by ${text},
      resolved_version ${integer},
      regressed_at ${bigInteger},
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_error_groups_last on inlay_error_groups (organisation, last_at, id)",
    "create index inlay_error_groups_expiry on inlay_error_groups (last_at)",
  ],
}
