import { functionsMigration } from "./0001-functions.ts"
import { invocationsMigration } from "./0002-invocations.ts"
import { pipelinesMigration } from "./0003-pipelines.ts"
import { capabilitiesMigration } from "./0004-capabilities.ts"
import { layersMigration } from "./0005-layers.ts"
import { queueMigration } from "./0006-queue.ts"
import { durablePipelinesMigration } from "./0007-durable-pipelines.ts"
import type { Migration } from "./migration.ts"

/** Every migration, in the order in which they are applied. New ones go to the end. */
export const allMigrations: readonly Migration[] = [
  functionsMigration,
  invocationsMigration,
  pipelinesMigration,
  capabilitiesMigration,
  layersMigration,
  queueMigration,
  durablePipelinesMigration,
]
