import { type ForecastOperation, type ForecastScheduleOperation, forecastAccess } from "./forecast-access.ts"
import type { OperationAccess } from "./operation-access.ts"

/** The functions themselves. */
export type FunctionOperation =
  | "listFunctions"
  | "createFunction"
  | "getFunction"
  | "replaceFunction"
  | "updateFunction"
  | "removeFunction"

/** Versions and what is active. */
export type DeploymentOperation =
  | "deployFunction"
  | "deployVersion"
  | "rollbackFunction"
  | "listVersions"
  | "listActivations"
  | "listAliases"
  | "setAlias"
  | "removeAlias"
  | "promoteAlias"

/** Variables. */
export type EnvironmentOperation = "listVariables" | "setVariables" | "getVariable" | "setVariable" | "removeVariable"

/** What happened. */
export type RecordOperation = "listInvocations" | "getInvocation" | "getFunctionMetrics" | "listMetrics"

/** Failures, grouped. */
export type ErrorOperation = "listErrors" | "getError" | "resolveError" | "reopenError"

/** What functions wrote. */
export type LogOperation = "listLogs" | "searchLogs" | "tailLogs" | "exportLogs"

/** What was measured over time. */
export type MetricOperation = "queryMetrics" | "getReport" | "getPrometheus"

/** What happened in which order, and why. */
export type TraceOperation = "listTraces" | "getTrace" | "listSlowestPaths" | "listDependencies"

/** Compositions of calls. */
export type PipelineOperation =
  | "listPipelines"
  | "definePipeline"
  | "getPipeline"
  | "replacePipeline"
  | "removePipeline"
  | "runPipeline"
  | "listPipelineRuns"
  | "getPipelineRun"

/** Code that functions share. */
export type LayerOperation = "listLayers" | "deployLayer" | "getLayer" | "listLayerVersions" | "removeLayer"

/** Calls of functions. */
export type CallOperation = "invokeFunction" | "runFunction"

/** Messages to those that consume a queue. */
export type MessageOperation = "sendMessage" | "getMessage"

/** Calls that run later, and those that failed for good. */
export type QueueOperation =
  | "enqueueFunction"
  | "cancelInvocation"
  | "listDeadLetters"
  | "purgeDeadLetters"
  | "replayDeadLetters"
  | "getDeadLetter"
  | "removeDeadLetter"
  | "replayDeadLetter"

/** What happened. */
export type EventOperation = "publishEvents" | "listEvents" | "getEvent"

/** Runs that go on by themselves. */
export type RunOperation =
  | "startPipeline"
  | "cancelPipelineRun"
  | "rerunPipeline"
  | "approveStep"
  | "getPipelineRunProvenance"
  | "getPipelineGraph"
  | "getPipelineRunGraph"

/** What calls functions and runs pipelines by itself. */
export type TriggerOperation =
  | "listTriggers"
  | "getTrigger"
  | "pauseTrigger"
  | "resumeTrigger"
  | "fireTrigger"
  | "listFirings"
  | "replayFiring"

/** What others have measured. */
export type IngestionOperation =
  | "ingestPoints"
  | "listSources"
  | "createSource"
  | "getSource"
  | "replaceSource"
  | "removeSource"

/** Who should hear of what. */
export type AlertOperation =
  | "listAlerts"
  | "getAlert"
  | "acknowledgeAlert"
  | "resolveAlert"
  | "listAlertRules"
  | "createAlertRule"
  | "getAlertRule"
  | "replaceAlertRule"
  | "removeAlertRule"
  | "listAlertSilences"
  | "createAlertSilence"
  | "removeAlertSilence"

/** What is unusual. */
export type AnomalyOperation =
  | "listAnomalies"
  | "getAnomaly"
  | "expectAnomaly"
  | "unexpectAnomaly"
  | "getAnomalySettings"
  | "setAnomalySettings"

/** Accounts at other services. */
export type ConnectionOperation = "listConnections" | "authorizeConnection" | "finishConnection" | "removeConnection"

/** The service itself. */
export type ServiceOperation = "getTypes" | "getHealth" | "getReadiness" | "getOpenApi"

/** The name of an operation, also its `operationId`. */
export type OperationId =
  | FunctionOperation
  | DeploymentOperation
  | EnvironmentOperation
  | RecordOperation
  | LogOperation
  | ErrorOperation
  | MetricOperation
  | TraceOperation
  | PipelineOperation
  | LayerOperation
  | CallOperation
  | QueueOperation
  | MessageOperation
  | EventOperation
  | RunOperation
  | TriggerOperation
  | IngestionOperation
  | AlertOperation
  | ForecastOperation
  | ForecastScheduleOperation
  | AnomalyOperation
  | ConnectionOperation
  | ServiceOperation

/** Every operation of the face: the one place that says who may do what. */
export const accessTable: Readonly<Record<OperationId, OperationAccess>> = {
  listFunctions: { method: "GET", path: "/functions", scope: "read", kind: "management" },
  createFunction: { method: "POST", path: "/functions", scope: "write", kind: "management" },
  deployFunction: { method: "POST", path: "/functions/deploy", scope: "write", kind: "management" },
  getFunction: { method: "GET", path: "/functions/{id}", scope: "read", kind: "management" },
  replaceFunction: { method: "PUT", path: "/functions/{id}", scope: "write", kind: "management" },
  updateFunction: { method: "PATCH", path: "/functions/{id}", scope: "write", kind: "management" },
  removeFunction: { method: "DELETE", path: "/functions/{id}", scope: "write", kind: "management" },
  deployVersion: { method: "POST", path: "/functions/{id}/deploy", scope: "write", kind: "management" },
  rollbackFunction: { method: "POST", path: "/functions/{id}/rollback", scope: "write", kind: "management" },
  listVersions: { method: "GET", path: "/functions/{id}/versions", scope: "read", kind: "management" },
  listActivations: { method: "GET", path: "/functions/{id}/activations", scope: "read", kind: "management" },
  listAliases: { method: "GET", path: "/functions/{id}/aliases", scope: "read", kind: "management" },
  setAlias: { method: "PUT", path: "/functions/{id}/aliases/{alias}", scope: "write", kind: "management" },
  removeAlias: { method: "DELETE", path: "/functions/{id}/aliases/{alias}", scope: "write", kind: "management" },
  promoteAlias: { method: "POST", path: "/functions/{id}/aliases/{alias}/promote", scope: "write", kind: "management" },
  invokeFunction: { method: "POST", path: "/functions/{id}/invoke", scope: "write", kind: "call" },
  runFunction: { method: "POST", path: "/functions/{id}/run", scope: "write", kind: "call" },
  enqueueFunction: { method: "POST", path: "/functions/{id}/enqueue", scope: "write", kind: "call" },
  listLogs: { method: "GET", path: "/functions/{id}/logs", scope: "read", kind: "management" },
  getFunctionMetrics: { method: "GET", path: "/functions/{id}/metrics", scope: "read", kind: "management" },
  // Values of variables are read by those who could have a function print them.
  listVariables: { method: "GET", path: "/functions/{id}/env", scope: "write", kind: "management" },
  setVariables: { method: "PUT", path: "/functions/{id}/env", scope: "write", kind: "management" },
  getVariable: { method: "GET", path: "/functions/{id}/env/{key}", scope: "write", kind: "management" },
  setVariable: { method: "PUT", path: "/functions/{id}/env/{key}", scope: "write", kind: "management" },
  removeVariable: { method: "DELETE", path: "/functions/{id}/env/{key}", scope: "write", kind: "management" },
  listInvocations: { method: "GET", path: "/invocations", scope: "read", kind: "management" },
  getInvocation: { method: "GET", path: "/invocations/{id}", scope: "read", kind: "management" },
  cancelInvocation: { method: "POST", path: "/invocations/{id}/cancel", scope: "write", kind: "management" },
  // Letters hold what functions were called with.
  listDeadLetters: { method: "GET", path: "/dead-letters", scope: "read", kind: "management" },
  purgeDeadLetters: { method: "DELETE", path: "/dead-letters", scope: "write", kind: "management" },
  replayDeadLetters: { method: "POST", path: "/dead-letters/replay", scope: "write", kind: "management" },
  getDeadLetter: { method: "GET", path: "/dead-letters/{id}", scope: "read", kind: "management" },
  removeDeadLetter: { method: "DELETE", path: "/dead-letters/{id}", scope: "write", kind: "management" },
  replayDeadLetter: { method: "POST", path: "/dead-letters/{id}/replay", scope: "write", kind: "management" },
  sendMessage: { method: "POST", path: "/queues/{queue}/messages", scope: "write", kind: "management" },
  getMessage: { method: "GET", path: "/messages/{id}", scope: "read", kind: "management" },
  publishEvents: { method: "POST", path: "/events", scope: "write", kind: "management" },
  listEvents: { method: "GET", path: "/events", scope: "read", kind: "management" },
  getEvent: { method: "GET", path: "/events/{id}", scope: "read", kind: "management" },
  searchLogs: { method: "GET", path: "/logs", scope: "read", kind: "management" },
  tailLogs: { method: "GET", path: "/logs/tail", scope: "read", kind: "management" },
  exportLogs: { method: "GET", path: "/logs/export", scope: "read", kind: "management" },
  listErrors: { method: "GET", path: "/errors", scope: "read", kind: "management" },
  getError: { method: "GET", path: "/errors/{id}", scope: "read", kind: "management" },
  resolveError: { method: "POST", path: "/errors/{id}/resolve", scope: "write", kind: "management" },
  reopenError: { method: "POST", path: "/errors/{id}/reopen", scope: "write", kind: "management" },
  listMetrics: { method: "GET", path: "/metrics", scope: "read", kind: "management" },
  queryMetrics: { method: "GET", path: "/metrics/query", scope: "read", kind: "management" },
  getPrometheus: { method: "GET", path: "/metrics/prometheus", scope: "read", kind: "management" },
  listTraces: { method: "GET", path: "/traces", scope: "read", kind: "management" },
  listSlowestPaths: { method: "GET", path: "/traces/slowest", scope: "read", kind: "management" },
  listDependencies: { method: "GET", path: "/traces/dependencies", scope: "read", kind: "management" },
  getTrace: { method: "GET", path: "/traces/{id}", scope: "read", kind: "management" },
  getReport: { method: "GET", path: "/functions/{id}/report", scope: "read", kind: "management" },
  listPipelines: { method: "GET", path: "/pipelines", scope: "read", kind: "management" },
  definePipeline: { method: "POST", path: "/pipelines", scope: "write", kind: "management" },
  getPipeline: { method: "GET", path: "/pipelines/{name}", scope: "read", kind: "management" },
  replacePipeline: { method: "PUT", path: "/pipelines/{name}", scope: "write", kind: "management" },
  removePipeline: { method: "DELETE", path: "/pipelines/{name}", scope: "write", kind: "management" },
  runPipeline: { method: "POST", path: "/pipelines/{name}/run", scope: "write", kind: "call" },
  listPipelineRuns: { method: "GET", path: "/pipelines/{name}/runs", scope: "read", kind: "management" },
  getPipelineRun: { method: "GET", path: "/pipeline-runs/{id}", scope: "read", kind: "management" },
  listLayers: { method: "GET", path: "/layers", scope: "read", kind: "management" },
  deployLayer: { method: "POST", path: "/layers", scope: "write", kind: "management" },
  getLayer: { method: "GET", path: "/layers/{layer}", scope: "read", kind: "management" },
  listLayerVersions: { method: "GET", path: "/layers/{layer}/versions", scope: "read", kind: "management" },
  removeLayer: { method: "DELETE", path: "/layers/{layer}", scope: "write", kind: "management" },
  getTypes: { method: "GET", path: "/types", scope: "read", kind: "management" },
  startPipeline: { method: "POST", path: "/pipelines/{name}/start", scope: "write", kind: "call" },
  cancelPipelineRun: { method: "POST", path: "/pipeline-runs/{id}/cancel", scope: "write", kind: "management" },
  rerunPipeline: { method: "POST", path: "/pipeline-runs/{id}/rerun", scope: "write", kind: "management" },
  approveStep: { method: "POST", path: "/pipeline-runs/{id}/steps/{step}/approve", scope: "write", kind: "management" },
  getPipelineGraph: { method: "GET", path: "/pipelines/{name}/graph", scope: "read", kind: "management" },
  getPipelineRunGraph: { method: "GET", path: "/pipeline-runs/{id}/graph", scope: "read", kind: "management" },
  getPipelineRunProvenance: {
    method: "GET",
    path: "/pipeline-runs/{id}/provenance",
    scope: "read",
    kind: "management",
  },
  listTriggers: { method: "GET", path: "/triggers", scope: "read", kind: "management" },
  getTrigger: { method: "GET", path: "/triggers/{id}", scope: "read", kind: "management" },
  pauseTrigger: { method: "POST", path: "/triggers/{id}/pause", scope: "write", kind: "management" },
  resumeTrigger: { method: "POST", path: "/triggers/{id}/resume", scope: "write", kind: "management" },
  fireTrigger: { method: "POST", path: "/triggers/{id}/fire", scope: "write", kind: "management" },
  listFirings: { method: "GET", path: "/triggers/{id}/firings", scope: "read", kind: "management" },
  replayFiring: {
    method: "POST",
    path: "/triggers/{id}/firings/{firingId}/replay",
    scope: "write",
    kind: "management",
  },
  ingestPoints: { method: "POST", path: "/ingest", scope: "ingest", kind: "management" },
  listSources: { method: "GET", path: "/ingest/sources", scope: "read", kind: "management" },
  createSource: { method: "POST", path: "/ingest/sources", scope: "write", kind: "management" },
  getSource: { method: "GET", path: "/ingest/sources/{name}", scope: "read", kind: "management" },
  replaceSource: { method: "PUT", path: "/ingest/sources/{name}", scope: "write", kind: "management" },
  removeSource: { method: "DELETE", path: "/ingest/sources/{name}", scope: "write", kind: "management" },
  listAlertRules: { method: "GET", path: "/alerts/rules", scope: "read", kind: "management" },
  createAlertRule: { method: "POST", path: "/alerts/rules", scope: "write", kind: "management" },
  getAlertRule: { method: "GET", path: "/alerts/rules/{id}", scope: "read", kind: "management" },
  replaceAlertRule: { method: "PUT", path: "/alerts/rules/{id}", scope: "write", kind: "management" },
  removeAlertRule: { method: "DELETE", path: "/alerts/rules/{id}", scope: "write", kind: "management" },
  listAlertSilences: { method: "GET", path: "/alerts/silences", scope: "read", kind: "management" },
  createAlertSilence: { method: "POST", path: "/alerts/silences", scope: "write", kind: "management" },
  removeAlertSilence: { method: "DELETE", path: "/alerts/silences/{id}", scope: "write", kind: "management" },
  listAlerts: { method: "GET", path: "/alerts", scope: "read", kind: "management" },
  getAlert: { method: "GET", path: "/alerts/{id}", scope: "read", kind: "management" },
  acknowledgeAlert: { method: "POST", path: "/alerts/{id}/acknowledge", scope: "write", kind: "management" },
  resolveAlert: { method: "POST", path: "/alerts/{id}/resolve", scope: "write", kind: "management" },
  ...forecastAccess,
  getAnomalySettings: { method: "GET", path: "/anomalies/settings", scope: "read", kind: "management" },
  setAnomalySettings: { method: "PUT", path: "/anomalies/settings", scope: "write", kind: "management" },
  listAnomalies: { method: "GET", path: "/anomalies", scope: "read", kind: "management" },
  getAnomaly: { method: "GET", path: "/anomalies/{id}", scope: "read", kind: "management" },
  expectAnomaly: { method: "POST", path: "/anomalies/{id}/expect", scope: "write", kind: "management" },
  unexpectAnomaly: { method: "POST", path: "/anomalies/{id}/unexpect", scope: "write", kind: "management" },
  listConnections: { method: "GET", path: "/connections", scope: "read", kind: "management" },
  authorizeConnection: {
    method: "POST",
    path: "/connections/{provider}/authorize",
    scope: "write",
    kind: "management",
  },
  // A browser comes here from the provider: what it brings says who it is.
  finishConnection: { method: "GET", path: "/connections/{provider}/callback", scope: null, kind: "management" },
  removeConnection: { method: "DELETE", path: "/connections/{provider}", scope: "write", kind: "management" },
  getHealth: { method: "GET", path: "/health", scope: null, kind: "management" },
  getReadiness: { method: "GET", path: "/ready", scope: null, kind: "management" },
  getOpenApi: { method: "GET", path: "/openapi.json", scope: null, kind: "management" },
}
