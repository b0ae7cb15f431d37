import type { Alerts } from "../alerts/create-alerts.ts"
import { type Anomalies, createAnomalies } from "../anomaly/watch/create-anomalies.ts"
import { createErrorGroups, type ErrorGroups } from "../error-groups/create-error-groups.ts"
import type { Forecasts } from "../forecast/series/create-forecasts.ts"
import { createIngestion, type Ingestion } from "../ingest/create-ingestion.ts"
import { createLogs, type Logs } from "../logs/create-logs.ts"
import { createMetrics, type Metrics } from "../metrics/create-metrics.ts"
import type { Lookup } from "../registry/lookup.ts"
import { createTraces, type Traces } from "../traces/create-traces.ts"
import { newId, newTraceId } from "../util/id.ts"
import { createAlerting } from "./alerting.ts"
import { closeAll } from "./close-all.ts"
import type { FactsEmitter } from "./create-facts.ts"
import type { FilledOptions } from "./defaults.ts"
import { createForecasting } from "./forecasting.ts"
import type { Surroundings } from "./surroundings.ts"

/** What sees how calls go, and tells who should hear of it. */
export interface Observing {
  readonly errorGroups: ErrorGroups
  readonly logs: Logs
  readonly metrics: Metrics
  readonly alerts: Alerts
  readonly forecasts: Forecasts
  readonly ingestion: Ingestion
  readonly traces: Traces
  readonly anomalies: Anomalies
  /** Steps that keep stored observations small; each answers how many rows it took, at most `limit`. */
  readonly upkeep: readonly ((now: number, limit: number) => Promise<number>)[]
  start(): void
  /** Writes down what was seen. */
  close(): Promise<void>
}

/** Puts the parts together, and has each hear the facts that it is about. */
export function createObserving(
  options: FilledOptions &
    Surroundings &
    Pick<FactsEmitter, "tell" | "on"> & {
      readonly lookup: Pick<Lookup, "find">
      /** Epoch milliseconds by the storage's clock. */
      readonly sharedNow: () => number
    },
): Observing {
  const { on, sharedNow, storage } = options
  const metrics = createMetrics({ ...options, settings: options.metrics, newId })
  on("invocation.finished", metrics.record)
  on("invocation.refused", metrics.recordRefused)
  on("values.recorded", metrics.recordValues)
  on("function.removed", metrics.forget)

  const findFunction = async (organisation: string, name: string) => (await options.lookup.find(organisation, name)).id
  const here = { ...options, now: sharedNow, findFunction }
  const logs = createLogs({ ...here, ...options.logs, store: options.storage.logs })
  on("invocation.finished", logs.record)
  const errorGroups = createErrorGroups({ ...here, ...options.errors, store: options.storage.errorGroups })
  on("invocation.finished", errorGroups.record)

  const { gather } = metrics
  const ingestion = createIngestion({ store: options.storage.ingest, gather, now: sharedNow, newId, newTraceId })

  const forecasts = createForecasting({ ...options, query: metrics.query, now: sharedNow, newId })

  const { forecaster } = forecasts
  const alerts = createAlerting({ ...options, metrics, forecaster, now: sharedNow, newId })
  on("invocation.finished", alerts.observeCall)
  on("window.closed", alerts.observeWindow)
  on("anomaly.found", alerts.observeAnomaly)
  on("deployment.failed", alerts.observeDeployment)

  const traces = createTraces({ ...options, settings: options.traces, store: options.storage.traces })
  on("invocation.finished", traces.addCall)
  on("capability.called", traces.addCapability)
  on("request.finished", traces.addRequest)
  on("job.stopped", traces.addJob)
  on("pipeline.finished", traces.addRun)

  const anomalies = createAnomalies({
    ...{ ...options, ...options.anomalies, metrics: storage.metrics, store: storage.anomalies, now: sharedNow, newId },
    flush: metrics.flushWindows,
    present: metrics.presentEgress,
    hasFunction: async (organisation, id) => (await storage.functions.findById(organisation, id)) !== null,
    pollMs: options.queue?.pollMs,
  })
  on("window.closed", anomalies.hint)
  on("function.removed", anomalies.forget)

  return {
    errorGroups,
    logs,
    metrics,
    alerts,
    anomalies,
    forecasts,
    ingestion,
    traces,
    upkeep: [
      ...metrics.upkeep,
      logs.expire,
      errorGroups.expire,
      ingestion.expire,
      alerts.expire,
      ...anomalies.upkeep,
      ...forecasts.upkeep,
      traces.expire,
    ],
    start() {
      alerts.start()
      anomalies.start()
    },
    close: () =>
      closeAll([
        () => anomalies.stop(),
        () => metrics.close(),
        () => logs.close(),
        () => errorGroups.close(),
        () => alerts.stop(),
        () => traces.close(),
      ]),
  }
}
