import type { Migration } from "./migration.ts"

/** Functions with their versions, bundles, activations and aliases. */
export const functionsMigration: Migration = {
  name: "0001_functions",
  statements: ({ key, text, integer, bigInteger, bytes, tableOptions }) => [
    `create table inlay_functions (
      organisation ${key} not null,
      id ${key} not null,
      name ${key} not null,
      description ${text},
      environment ${text} not null,
      triggers ${text} not null,
      routed ${integer} not null,
      active_position ${integer},
      created_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, id),
      unique (organisation, name)
    )${tableOptions}`,
    "create index inlay_functions_routed on inlay_functions (organisation, name) where routed = 1",
    `create table inlay_version_counters (
      organisation ${key} not null,
      name ${key} not null,
      last_number ${integer} not null,
      primary key (organisation, name)
    )${tableOptions}`,
    `create table inlay_bundles (
      organisation ${key} not null,
      hash ${key} not null,
      code ${bytes} not null,
      source_map ${bytes} not null,
      primary key (organisation, hash)
    )${tableOptions}`,
    `create table inlay_versions (
      organisation ${key} not null,
      function_id ${key} not null,
      number ${integer} not null,
      content_hash ${key} not null,
      bundle_hash ${key} not null,
      bundle_bytes ${integer} not null,
      configuration ${text} not null,
      kind ${text} not null check (kind in ('http', 'event')),
      evaluates_per_call ${integer} not null,
      created_at ${bigInteger} not null,
      primary key (organisation, function_id, number),
      unique (organisation, function_id, content_hash),
      foreign key (organisation, function_id) references inlay_functions (organisation, id),
      foreign key (organisation, bundle_hash) references inlay_bundles (organisation, hash)
    )${tableOptions}`,
    "create index inlay_versions_bundle on inlay_versions (organisation, bundle_hash)",
    `create table inlay_activations (
      organisation ${key} not null,
      function_id ${key} not null,
      position ${integer} not null,
      id ${key} not null,
      version ${integer} not null,
      previous ${integer},
      reason ${text} not null check (reason in ('deploy', 'rollback', 'promote')),
      actor ${text} not null,
      at ${bigInteger} not null,
      primary key (organisation, function_id, position),
      foreign key (organisation, function_id, version)
        references inlay_versions (organisation, function_id, number),
      foreign key (organisation, function_id, previous)
        references inlay_activations (organisation, function_id, position)
    )${tableOptions}`,
    `create table inlay_aliases (
      organisation ${key} not null,
      function_id ${key} not null,
      alias ${key} not null,
      version ${integer} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, function_id, alias),
      foreign key (organisation, function_id, version)
        references inlay_versions (organisation, function_id, number)
    )${tableOptions}`,
  ],
}
