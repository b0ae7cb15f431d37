import type { RequiredScope } from "../access/scopes.ts"

/** Who may use an operation, and which mounts serve it. */
export interface OperationAccess {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** As OpenAPI writes it. */
  readonly path: string
  /** The scope that callers need; null is open to everybody. */
  readonly scope: RequiredScope | null
  /** `call` operations are open where the host gives no `authenticate`, and are all that `expose: "invoke"` serves. */
  readonly kind: "call" | "management"
}

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
export type RecordOperation = "listInvocations" | "getInvocation" | "listLogs" | "getFunctionMetrics" | "listMetrics"

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

/** Runs that go on by themselves. */
export type RunOperation =
  | "startPipeline"
  | "cancelPipelineRun"
  | "rerunPipeline"
  | "approveStep"
  | "getPipelineRunProvenance"

/** The service itself. */
export type ServiceOperation = "getTypes" | "getHealth" | "getReadiness" | "getOpenApi"

/** The name of an operation, also its `operationId`. */
export type OperationId =
  | FunctionOperation
  | DeploymentOperation
  | EnvironmentOperation
  | RecordOperation
  | PipelineOperation
  | LayerOperation
  | CallOperation
  | QueueOperation
  | RunOperation
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
  listMetrics: { method: "GET", path: "/metrics", scope: "read", kind: "management" },
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
  getPipelineRunProvenance: {
    method: "GET",
    path: "/pipeline-runs/{id}/provenance",
    scope: "read",
    kind: "management",
  },
  getHealth: { method: "GET", path: "/health", scope: null, kind: "management" },
  getReadiness: { method: "GET", path: "/ready", scope: null, kind: "management" },
  getOpenApi: { method: "GET", path: "/openapi.json", scope: null, kind: "management" },
}
