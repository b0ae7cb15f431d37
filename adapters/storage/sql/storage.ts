import { sql } from "kysely"
import type { Storage } from "../../../src/ports/storage.ts"
import { createAlertEntries } from "./alerts/alerts.ts"
import { createAlertCheckEntries } from "./alerts/checks.ts"
import { createAlertRuleEntries } from "./alerts/rules.ts"
import { createAliasEntries } from "./aliases.ts"
import { createAnomalyEntries } from "./anomalies/entries.ts"
import { createAnomalyWatchEntries } from "./anomalies/watch.ts"
import { createAwaitingEntries } from "./awaiting.ts"
import { createCalls } from "./calls.ts"
import type { ConnectionSource } from "./connection.ts"
import { createConnectionStore } from "./connections.ts"
import type { Database } from "./database.ts"
import { createDeploymentEntries } from "./deployments.ts"
import { createDocumentStore } from "./documents.ts"
import type { SqlEngine } from "./engine.ts"
import { createErrorGroupStore } from "./error-groups/error-groups.ts"
import { createFileStore } from "./files.ts"
import { createForecastEntries } from "./forecasts/forecasts.ts"
import { createForecastScheduleEntries } from "./forecasts/schedules.ts"
import { createFunctionEntries } from "./functions.ts"
import { createIngestEntries } from "./ingest/points.ts"
import { createIngestSourceEntries } from "./ingest/sources.ts"
import { createInvocationStore } from "./invocations.ts"
import { createKeyValueStore } from "./key-values.ts"
import { createKysely } from "./kysely-driver.ts"
import { createLayerStore } from "./layers.ts"
import { createLogStore } from "./logs/logs.ts"
import { createMetricStore } from "./metrics.ts"
import { migrate, readStatus } from "./migrate.ts"
import { allMigrations } from "./migrations/all.ts"
import { createOwnRunEntries } from "./own-runs.ts"
import { createPipelineEntries } from "./pipelines.ts"
import { createPassages } from "./queue/passage.ts"
import { createInsertJobs } from "./queue/put.ts"
import { createSqlQueue } from "./queue/queue.ts"
import { createRunEntries } from "./runs.ts"
import type { Signals } from "./signals.ts"
import { createStepCacheEntries } from "./step-cache.ts"
import { createTraceStore } from "./traces/traces.ts"
import { createTransact } from "./transact.ts"
import { createTriggerStore } from "./triggers/triggers.ts"
import { createVersionEntries } from "./versions.ts"

/** What makes a storage of one database. */
export interface SqlStorageOptions {
  readonly name: string
  readonly notice?: string
  readonly engine: SqlEngine
  readonly connections: ConnectionSource
  /** @default none: processes look for one another's work */
  readonly signals?: Signals
}

/** The storage port over a SQL database. */
export function createSqlStorage({ name, notice, engine, connections, signals }: SqlStorageOptions): Storage {
  const kysely = createKysely(engine, connections)
  const database: Database = { engine, kysely, transact: createTransact(kysely, connections) }
  const { clock } = engine
  const openPassage = createPassages(database)
  const insertJobs = createInsertJobs(database, openPassage)
  const { wake, join, ...queue } = createSqlQueue(database, insertJobs, openPassage, connections.join, signals)
  const calls = createCalls(`storage "${name}"`)
  const open: Storage["open"] = async ({ warn = () => {} } = {}) => {
    try {
      await migrate(database, allMigrations, Date.now)
      await connections.opened?.()
    } catch (error) {
      // A host that cannot open the storage will hardly think of closing it.
      await connections.disconnect().catch(() => {})
      throw error
    }
    signals?.open(warn)
  }
  return {
    name,
    ...(notice !== undefined && { notice }),
    functions: calls.count({
      ...createFunctionEntries(database),
      ...createVersionEntries(database),
      ...createDeploymentEntries(database),
      ...createAliasEntries(database),
    }),
    layers: calls.count(createLayerStore(database)),
    invocations: calls.count(createInvocationStore(database)),
    errorGroups: calls.count(createErrorGroupStore(database)),
    logs: calls.count(createLogStore(database)),
    metrics: calls.count(createMetricStore(database)),
    traces: calls.count(createTraceStore(database)),
    pipelines: calls.count({
      ...createPipelineEntries(database),
      ...createRunEntries(database),
      ...createOwnRunEntries(database),
      ...createAwaitingEntries(database),
      ...createStepCacheEntries(database),
    }),
    triggers: calls.count(createTriggerStore(database, { insertJobs, wake })),
    queue: {
      ...calls.count(queue),
      watch: queue.watch,
      ...(join && { join: (transaction: unknown) => calls.count(join(transaction)) }),
    },
    keyValues: calls.count(createKeyValueStore(database)),
    documents: calls.count(createDocumentStore(database, { insertJobs, wake })),
    files: calls.count(createFileStore(database, { insertJobs, wake })),
    connections: calls.count(createConnectionStore(database)),
    alerts: calls.count({
      ...createAlertRuleEntries(database),
      ...createAlertEntries(database, { insertJobs, wake }),
      ...createAlertCheckEntries(database),
    }),
    forecasts: calls.count({
      ...createForecastEntries(database),
      ...createForecastScheduleEntries(database, { insertJobs, wake }),
    }),
    ingest: calls.count({
      ...createIngestSourceEntries(database),
      ...createIngestEntries(database, { insertJobs, wake }),
    }),
    anomalies: calls.count({ ...createAnomalyEntries(database), ...createAnomalyWatchEntries(database) }),
    ...calls.count({
      open,
      migrationStatus: () => readStatus(database, allMigrations),
      ...(clock && {
        async clock() {
          const { rows } = await clock.execute(database.kysely)
          return Number(rows[0]?.now)
        },
      }),
      async ping() {
        await sql`select 1`.execute(database.kysely)
      },
    }),
    ...(connections.cut && { cut: () => connections.cut?.() }),
    close: () =>
      calls.close(async () => {
        await signals?.close()
        await connections.disconnect()
      }),
  }
}
