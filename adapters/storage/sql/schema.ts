import type { FiringCause } from "../../../src/model/trigger.ts"
import type { BusTrigger } from "../../../src/model/trigger-declaration.ts"
import type { AlertTables } from "./alerts/tables.ts"
import type { AnomalyTables } from "./anomalies/tables.ts"
import type { BigInteger, Bytes, Json, NullableBigInteger } from "./column-types.ts"
import type { ConnectionTables } from "./connection-tables.ts"
import type { ErrorGroupTables } from "./error-groups/tables.ts"
import type { ForecastTables } from "./forecasts/tables.ts"
import type { IngestTables } from "./ingest/tables.ts"
import type { LogTables } from "./logs/tables.ts"
import type { MetricTables } from "./metric-tables.ts"
import type { JobsTable, LanesTable } from "./queue/tables.ts"
import type { TraceTables } from "./traces/tables.ts"

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
  triggers: Json
}

interface RunsTable {
  organisation: string
  id: string
  pipeline: string
  status: "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled"
  definition: Json
  surroundings: Json | null
  input: Json
  output: Json | null
  error: Json | null
  trace_id: string
  origin_id: string | null
  fence: number
  started_at: BigInteger
  ended_at: NullableBigInteger
}

interface RunStepsTable {
  organisation: string
  run_id: string
  path: string
  position: number
  name: string
  kind: string
  function: string | null
  version: number | null
  status: "succeeded" | "failed" | "skipped" | "waiting"
  invocation_id: string | null
  attempts: number
  output: Json | null
  error: Json | null
  cached: number
  started_at: NullableBigInteger
  ended_at: NullableBigInteger
  wake_at: NullableBigInteger
  awaited_type: string | null
  awaited_match: Json | null
  resumed_by: string | null
  resumed_fence: number | null
  link: number
  awaited_filter: Json | null
}

interface StepCacheTable {
  organisation: string
  key: string
  output: Json | null
  expires_at: BigInteger
}

interface KeyValuesTable {
  organisation: string
  key: string
  value: Json | null
  counter: NullableBigInteger
  expires_at: NullableBigInteger
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

interface TriggersTable {
  organisation: string
  id: string
  name: string
  type: BusTrigger["type"]
  target_kind: "function" | "pipeline"
  target_id: string
  target_name: string
  configuration: Json
  status: "active" | "paused"
  next_at: NullableBigInteger
  last_fired_at: NullableBigInteger
  created_at: BigInteger
  updated_at: BigInteger
  last_job_id: string | null
  refused: BigInteger
}

interface FiringsTable {
  organisation: string
  id: string
  trigger_id: string
  cause: FiringCause
  key: string | null
  scheduled_for: NullableBigInteger
  fired_at: BigInteger
  event: Json
  outcome: "queued" | "skipped" | "refused"
  reason: string | null
  job_id: string | null
  origin_id: string | null
}

interface MigrationsTable {
  name: string
  applied_at: BigInteger
}

/** The tables of Inlay, as Kysely sees them; `docs/schema.md` explains them. */
export interface Schema
  extends AlertTables,
    AnomalyTables,
    ConnectionTables,
    ErrorGroupTables,
    ForecastTables,
    IngestTables,
    LogTables,
    MetricTables,
    TraceTables {
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
  inlay_runs: RunsTable
  inlay_run_steps: RunStepsTable
  inlay_step_cache: StepCacheTable
  inlay_key_values: KeyValuesTable
  inlay_documents: DocumentsTable
  inlay_files: FilesTable
  inlay_jobs: JobsTable
  inlay_lanes: LanesTable
  inlay_triggers: TriggersTable
  inlay_firings: FiringsTable
  inlay_migrations: MigrationsTable
}
