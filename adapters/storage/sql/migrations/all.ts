import { functionsMigration } from "./0001-functions.ts"
import { invocationsMigration } from "./0002-invocations.ts"
import { pipelinesMigration } from "./0003-pipelines.ts"
import { capabilitiesMigration } from "./0004-capabilities.ts"
import { layersMigration } from "./0005-layers.ts"
import { queueMigration } from "./0006-queue.ts"
import { durablePipelinesMigration } from "./0007-durable-pipelines.ts"
import { triggersMigration } from "./0008-triggers.ts"
import { schedulesMigration } from "./0009-schedules.ts"
import { eventsMigration } from "./0010-events.ts"
import { eventChainsMigration } from "./0011-event-chains.ts"
import { flowControlMigration } from "./0012-flow-control.ts"
import { resumedRunsMigration } from "./0013-resumed-runs.ts"
import { runSurroundingsMigration } from "./0014-run-surroundings.ts"
import { connectionsMigration } from "./0015-connections.ts"
import { metricsMigration } from "./0017-metrics.ts"
import { alertsMigration } from "./0018-alerts.ts"
import { ingestionMigration } from "./0019-ingestion.ts"
import { logsMigration } from "./0020-logs.ts"
import { errorGroupsMigration } from "./0021-error-groups.ts"
import { tracesMigration } from "./0022-traces.ts"
import { anomaliesMigration } from "./0023-anomalies.ts"
import { forecastsMigration } from "./0024-forecasts.ts"
import { seriesAlertsMigration } from "./0025-series-alerts.ts"
import { scheduleTurnsMigration } from "./0026-schedule-turns.ts"
import { errorBatchesMigration } from "./0029-error-batches.ts"
import { jobDeadlinesMigration } from "./0030-job-deadlines.ts"
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
  triggersMigration,
  schedulesMigration,
  eventsMigration,
  eventChainsMigration,
  flowControlMigration,
  resumedRunsMigration,
  runSurroundingsMigration,
  connectionsMigration,
  metricsMigration,
  alertsMigration,
  ingestionMigration,
  logsMigration,
  errorGroupsMigration,
  tracesMigration,
  anomaliesMigration,
  forecastsMigration,
  seriesAlertsMigration,
  scheduleTurnsMigration,
  errorBatchesMigration,
  jobDeadlinesMigration,
]
