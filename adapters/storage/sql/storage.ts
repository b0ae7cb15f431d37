import { sql } from "kysely"
import type { Storage } from "../../../src/ports/storage.ts"
import { createAliasEntries } from "./aliases.ts"
import { createCalls } from "./calls.ts"
import type { ConnectionSource } from "./connection.ts"
import type { Database } from "./database.ts"
import { createDeploymentEntries } from "./deployments.ts"
import { createDocumentStore } from "./documents.ts"
import type { SqlEngine } from "./engine.ts"
import { createFileStore } from "./files.ts"
import { createFunctionEntries } from "./functions.ts"
import { createInvocationStore } from "./invocations.ts"
import { createKeyValueStore } from "./key-values.ts"
import { createKysely } from "./kysely-driver.ts"
import { createLayerStore } from "./layers.ts"
import { migrate, readStatus } from "./migrate.ts"
import { allMigrations } from "./migrations/all.ts"
import { createPipelineEntries } from "./pipelines.ts"
import { createSqlQueue } from "./queue/queue.ts"
import { createRunEntries } from "./runs.ts"
import { createStepCacheEntries } from "./step-cache.ts"
import { createVersionEntries } from "./versions.ts"

/** What makes a storage of one database. */
export interface SqlStorageOptions {
  readonly name: string
  readonly notice?: string
  readonly engine: SqlEngine
  readonly connections: ConnectionSource
}

/** The storage port over a SQL database. */
export function createSqlStorage({ name, notice, engine, connections }: SqlStorageOptions): Storage {
  const database: Database = { engine, kysely: createKysely(engine, connections) }
  const queue = createSqlQueue(database)
  const calls = createCalls(`storage "${name}"`)
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
    pipelines: calls.count({
      ...createPipelineEntries(database),
      ...createRunEntries(database),
      ...createStepCacheEntries(database),
    }),
    queue: { ...calls.count(queue), watch: queue.watch },
    keyValues: calls.count(createKeyValueStore(database)),
    documents: calls.count(createDocumentStore(database)),
    files: calls.count(createFileStore(database)),
    ...calls.count({
      async open() {
        try {
          await migrate(database, allMigrations, Date.now)
        } catch (error) {
          // A host that cannot open the storage will hardly think of closing it.
          await connections.disconnect().catch(() => {})
          throw error
        }
      },
      migrationStatus: () => readStatus(database, allMigrations),
      async ping() {
        await sql`select 1`.execute(database.kysely)
      },
    }),
    close: () => calls.close(() => connections.disconnect()),
  }
}
