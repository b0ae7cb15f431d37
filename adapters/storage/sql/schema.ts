import type { ColumnType } from "kysely"

/** A 64-bit integer: PostgreSQL clients give it as text, SQLite as a number. */
type BigInteger = ColumnType<number | string | bigint, number, number>

/** Bytes: `libsql` gives them as an `ArrayBuffer`. */
type Bytes = ColumnType<Uint8Array | ArrayBuffer, Uint8Array, Uint8Array>

/** JSON text. */
type Json = string

interface FunctionsTable {
  organisation: string
  id: string
  name: string
  description: string | null
  environment: Json
  triggers: Json
  routed: number
  active_position: number | null
  created_at: BigInteger
  updated_at: BigInteger
}

interface VersionCountersTable {
  organisation: string
  name: string
  last_number: number
}

interface BundlesTable {
  organisation: string
  hash: string
  code: Bytes
  source_map: Bytes
}

interface VersionsTable {
  organisation: string
  function_id: string
  number: number
  content_hash: string
  bundle_hash: string
  bundle_bytes: number
  configuration: Json
  kind: "http" | "event"
  evaluates_per_call: number
  created_at: BigInteger
}

interface LayersTable {
  organisation: string
  name: string
  last_number: number
  latest: number | null
}

interface LayerVersionsTable {
  organisation: string
  name: string
  number: number
  bundle_hash: string
  bundle_bytes: number
  snapshot_bytes: number | null
  exports: Json
  actor: string
  created_at: BigInteger
}

interface VersionLayersTable {
  organisation: string
  function_id: string
  number: number
  layer: string
  layer_number: number
}

interface ActivationsTable {
  organisation: string
  function_id: string
  position: number
  id: string
  version: number
  previous: number | null
  reason: "deploy" | "rollback" | "promote"
  actor: string
  at: BigInteger
}

interface AliasesTable {
  organisation: string
  function_id: string
  alias: string
  version: number
  updated_at: BigInteger
}

interface InvocationsTable {
  organisation: string
  id: string
  function_id: string
  name: string
  version: number
  status: "succeeded" | "failed"
  error: Json | null
  logs: Json
  started_at: BigInteger
  ended_at: BigInteger
  duration_ms: number
  cpu_ms: number
  memory_bytes: BigInteger
  cold_start: number
  trace_id: string
}

interface PipelinesTable {
  organisation: string
  id: string
  name: string
  steps: Json
  created_at: BigInteger
  updated_at: BigInteger
}

interface PipelineRunsTable {
  organisation: string
  id: string
  pipeline: string
  status: "succeeded" | "failed"
  output: Json | null
  error: Json | null
  steps: Json
  started_at: BigInteger
  ended_at: BigInteger
  duration_ms: number
}

interface KeyValuesTable {
  organisation: string
  key: string
  value: Json | null
  counter: ColumnType<number | string | bigint | null, number | null, number | null>
  expires_at: ColumnType<number | string | bigint | null, number | null, number | null>
}

interface DocumentsTable {
  organisation: string
  collection: string
  id: string
  fields: Json
  revision: number
  created_at: BigInteger
  updated_at: BigInteger
}

interface FilesTable {
  organisation: string
  bucket: string
  path: string
  content: Bytes
  size: number
  type: string
  updated_at: BigInteger
}

interface MigrationsTable {
  name: string
  applied_at: BigInteger
}

/** The tables of Inlay, as Kysely sees them; `docs/schema.md` explains them. */
export interface Schema {
  inlay_functions: FunctionsTable
  inlay_version_counters: VersionCountersTable
  inlay_bundles: BundlesTable
  inlay_versions: VersionsTable
  inlay_layers: LayersTable
  inlay_layer_versions: LayerVersionsTable
  inlay_version_layers: VersionLayersTable
  inlay_activations: ActivationsTable
  inlay_aliases: AliasesTable
  inlay_invocations: InvocationsTable
  inlay_pipelines: PipelinesTable
  inlay_pipeline_runs: PipelineRunsTable
  inlay_key_values: KeyValuesTable
  inlay_documents: DocumentsTable
  inlay_files: FilesTable
  inlay_migrations: MigrationsTable
}
