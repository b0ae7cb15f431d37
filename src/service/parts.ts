import type { Alerts } from "../alerts/create-alerts.ts"
import type { Anomalies } from "../anomaly/watch/create-anomalies.ts"
import type { Connections } from "../connections/create-connections.ts"
import type { ErrorGroups } from "../error-groups/create-error-groups.ts"
import type { Forecasts } from "../forecast/series/create-forecasts.ts"
import type { Ingestion } from "../ingest/create-ingestion.ts"
import type { Logs } from "../logs/create-logs.ts"
import type { Metrics } from "../metrics/create-metrics.ts"
import type { Recorder } from "../metrics/create-recorder.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { Catalogue } from "../registry/catalogue.ts"
import type { Deployer } from "../registry/deployer.ts"
import type { Layers } from "../registry/layers.ts"
import type { Lookup } from "../registry/lookup.ts"
import type { Traces } from "../traces/create-traces.ts"
import type { DurableWork } from "./durable-work.ts"
import type { Gate } from "./gate.ts"
import type { Invoke } from "./invoke.ts"
import type { Routing } from "./routing.ts"

/** The parts of the service that a face calls. */
export interface Parts {
  readonly gate: Gate
  readonly connections: Connections
  readonly store: FunctionStore
  readonly lookup: Lookup
  readonly deployer: Deployer
  readonly catalogue: Catalogue
  readonly layers: Layers
  readonly invoke: Invoke
  readonly recorder: Recorder
  readonly errorGroups: ErrorGroups
  readonly logs: Logs
  readonly metrics: Metrics
  readonly ingestion: Ingestion
  readonly routing: Routing
  readonly alerts: Alerts
  readonly forecasts: Forecasts
  readonly traces: Traces
  readonly anomalies: Anomalies
  readonly durable: DurableWork
}
