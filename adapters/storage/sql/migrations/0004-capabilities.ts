import type { Migration } from "./migration.ts"

/** What functions keep through capabilities: values under keys, documents, files. */
export const capabilitiesMigration: Migration = {
  name: "0004_capabilities",
  statements: ({ key, text, integer, bigInteger, bytes, tableOptions }) => [
    `create table inlay_key_values (
      organisation ${key} not null,
      key ${key} not null,
      value ${text},
      counter ${bigInteger},
      expires_at ${bigInteger},
      primary key (organisation, key),
      check ((value is null) <> (counter is null))
    )${tableOptions}`,
    "create index inlay_key_values_expiry on inlay_key_values (expires_at)",
    `create table inlay_documents (
      organisation ${key} not null,
      collection ${key} not null,
      id ${key} not null,
      fields ${text} not null,
      revision ${integer} not null,
      created_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, collection, id)
    )${tableOptions}`,
    `create table inlay_files (
      organisation ${key} not null,
      bucket ${key} not null,
      path ${key} not null,
      content ${bytes} not null,
      size ${integer} not null,
      type ${text} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, bucket, path)
    )${tableOptions}`,
  ],
}
