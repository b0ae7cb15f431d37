import type { ErrorGroupFilter } from "../model/error-group.ts"
import type { ForecastFilter } from "../model/forecast.ts"
import type { IdempotencyOptions } from "../model/idempotency.ts"
import type { LogFilter } from "../model/log.ts"
import type { MetricQuery } from "../model/metrics.ts"
import type { TraceFilter } from "../model/span.ts"
import type { AlertFilter } from "../ports/alert-storage.ts"
import type { AnomalyQuery } from "./anomalies-face.ts"
import { type Fields, filter, id, name, page } from "./argument-fields.ts"
import {
  anObject,
  type FaceChecks,
  isFlag,
  isNumber,
  isText,
  isTexts,
  object,
  requiredObject,
  text,
} from "./check-arguments.ts"
import type { Functions } from "./functions.ts"

type Options<Method extends (...given: never[]) => unknown, Place extends number> = NonNullable<
  Parameters<Method>[Place]
>

/** Statuses, severities, codes and ranges are looked at by the methods. */
const alerts: Fields<AlertFilter> = { status: null, function: isText, ruleId: isText }
const anomalies: Fields<AnomalyQuery> = {
  ...{ function: isText, key: isText, severity: null, expected: isFlag, range: null },
}
const expected: Fields<Options<Functions["anomalies"]["expect"], 1>> = { reason: isText }
const ofFunction: Fields<Options<Functions["anomalies"]["settings"]["get"], 0>> = { function: isText }
const errors: Fields<ErrorGroupFilter> = { function: isText, status: null, code: null }
const forecasts: Fields<ForecastFilter> = { key: isText, function: isText, backend: isText, schedule: isText }
const accuracy: Fields<Options<Functions["forecasts"]["accuracy"], 0>> = { ...forecasts, range: null }
const traces: Fields<TraceFilter> = { function: isText, status: null, minDurationMs: isNumber, range: null }
const slowest: Fields<Options<Functions["traces"]["slowest"], 0>> = { range: null, function: isText, limit: isNumber }
const dependencies: Fields<Options<Functions["traces"]["dependencies"], 0>> = { range: null }
const logs: Fields<LogFilter> = {
  ...{ text: null, fields: null, level: null, function: null, version: null },
  ...{ invocationId: null, traceId: null, from: null, to: null },
}
const summary: Fields<Options<Functions["metrics"]["summary"], 1>> = { range: null }
const report: Fields<Options<Functions["metrics"]["report"], 1>> = { month: isText }
const query: Fields<MetricQuery> = { key: isText, function: isText, dimensions: isTexts, range: null, step: isText }
const ingest: Fields<IdempotencyOptions> = { idempotencyKey: null, idempotencyTtlMs: null }

/** What the methods take that tell what happened, and what comes. */
export const watchingArguments: FaceChecks<Functions> = {
  alerts: {
    rules: {
      replace: ["replace the rule", id, anObject("rule")],
      get: ["get the rule", id],
      remove: ["remove the rule", id],
    },
    silences: { remove: ["remove the silence", id] },
    list: ["list alerts", filter(alerts), page],
    get: ["get the alert", id],
    acknowledge: ["acknowledge the alert", id],
    resolve: ["resolve the alert", id],
  },
  anomalies: {
    list: ["list anomalies", filter(anomalies), page],
    get: ["get the anomaly", id],
    expect: ["expect the anomaly", id, object("options", expected)],
    unexpect: ["unexpect the anomaly", id],
    settings: {
      get: ["get the settings", object("options", ofFunction)],
      set: ["set the settings", anObject("settings"), object("options", ofFunction)],
    },
  },
  errors: {
    list: ["list errors", filter(errors), page],
    get: ["get the error group", id],
    resolve: ["resolve the error group", id],
    reopen: ["reopen the error group", id],
  },
  forecasts: {
    get: ["get the forecast", id],
    list: ["list forecasts", filter(forecasts), page],
    evaluate: ["evaluate the forecast", id],
    accuracy: ["tell the accuracy", filter(accuracy)],
    schedules: {
      get: ["get the schedule", id],
      pause: ["pause the schedule", id],
      resume: ["resume the schedule", id],
      remove: ["remove the schedule", id],
      runs: ["list runs of the schedule", id, page],
      retry: ["run again", id, text("runId")],
    },
  },
  ingestion: {
    ingest: ["ingest", null, object("options", ingest)],
    sources: {
      replace: ["replace the source", name, anObject("source")],
      get: ["get the source", name],
      remove: ["remove the source", name],
    },
  },
  logs: { list: ["search the logs", filter(logs), page], export: ["export the logs", filter(logs)] },
  metrics: {
    summary: ["summarise metrics", name, object("options", summary)],
    query: ["query metrics", requiredObject("query", query), page],
    report: ["report on metrics", name, object("options", report)],
  },
  traces: {
    get: ["get the trace", text("traceId")],
    list: ["list traces", filter(traces), page],
    slowest: ["list slow paths", object("options", slowest)],
    dependencies: ["list dependencies", object("options", dependencies)],
  },
}
