import type { Migration } from "./migration.ts"

/** Layers with their versions, and which versions of functions use them. */
export const layersMigration: Migration = {
  name: "0005_layers",
  statements: ({ key, text, integer, bigInteger, tableOptions }) => [
    `create table inlay_layers (
      organisation ${key} not null,
      name ${key} not null,
      last_number ${integer} not null,
      latest ${integer},
      primary key (organisation, name)
    )${tableOptions}`,
    `create table inlay_layer_versions (
      organisation ${key} not null,
      name ${key} not null,
      number ${integer} not null,
      bundle_hash ${key} not null,
      bundle_bytes ${integer} not null,
      snapshot_bytes ${integer},
      exports ${text} not null,
      actor ${text} not null,
      created_at ${bigInteger} not null,
      primary key (organisation, name, number),
      unique (organisation, name, bundle_hash),
      foreign key (organisation, name) references inlay_layers (organisation, name),
      foreign key (organisation, bundle_hash) references inlay_bundles (organisation, hash)
    )${tableOptions}`,
    "create index inlay_layer_versions_bundle on inlay_layer_versions (organisation, bundle_hash)",
    `create table inlay_version_layers (
      organisation ${key} not null,
      function_id ${key} not null,
      number ${integer} not null,
      layer ${key} not null,
      layer_number ${integer} not null,
      primary key (organisation, function_id, number, layer),
      foreign key (organisation, function_id, number)
        references inlay_versions (organisation, function_id, number),
      foreign key (organisation, layer, layer_number)
        references inlay_layer_versions (organisation, name, number)
    )${tableOptions}`,
    "create index inlay_version_layers_layer on inlay_version_layers (organisation, layer, layer_number, function_id, number)",
  ],
}
