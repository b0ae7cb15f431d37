/**
 * Inlay embeds a functions service in a host application.
 *
 * @example
 * ```ts
 * import { createFunctions } from "inlay"
 *
 * const functions = await createFunctions()
 * await functions.deploy({ name: "double", source: "export default (n) => n * 2" })
 * await functions.invoke("double", 21) // 42
 * await functions.close()
 * ```
 *
 * @module
 */

export type { Authenticate } from "./access/identify.ts"
// Errors
export { type ErrorIssue, FunctionsError, type GuestError } from "./errors/functions-error.ts"
export type { ErrorCode } from "./errors/table.ts"
// The nouns
export type {
  Configuration,
  ConfigurationInput,
  Environment,
  EventTrigger,
  HttpTrigger,
  Network,
  RuntimeId,
  Scaling,
  ScheduleTrigger,
  Trigger,
} from "./model/configuration.ts"
export type { EgressGrant, EgressNetwork, EgressRules, EgressUsage } from "./model/egress.ts"
// The service
export type { Expose } from "./model/expose.ts"
export type { Facts } from "./model/facts.ts"
export type { ActivationRecord, AliasRecord, Deployment, FunctionRecord, VersionRecord } from "./model/function.ts"
export type { Identity, Scope } from "./model/identity.ts"
export type { Invocation, InvocationError, InvocationRecord, LogEntry } from "./model/invocation.ts"
export type { LayerDeployment, LayerDetails, LayerRecord, LayerUse } from "./model/layer.ts"
export type { Distribution, MetricsSummary, TimeRange } from "./model/metrics.ts"
export type { PipelineDefinition, PipelineRecord, PipelineRun, PipelineStep, StepRecord } from "./model/pipeline.ts"
// Pipelines
export { definePipeline, type PipelineBuilder, type StepOptions } from "./pipelines/define-pipeline.ts"
// What adapters implement
export type { CallEgress, HttpClient, HttpContent, HttpLimits, HttpRequest, HttpResponse } from "./ports/http-client.ts"
export type { Logger } from "./ports/logger.ts"
export type {
  LoadedModule,
  Runtime,
  RuntimeCall,
  RuntimeInput,
  RuntimeLayer,
  RuntimeOutput,
  RuntimeResult,
  RuntimeVersion,
} from "./ports/runtime.ts"
export type { InvocationFilter, MigrationStatus, Page, PageRequest, Storage } from "./ports/storage.ts"
export type { AdmissionOptions } from "./service/admission.ts"
export { createFunctions } from "./service/create-functions.ts"
export type {
  DeployInput,
  FetchOptions,
  FunctionChange,
  FunctionDetails,
  Functions,
  FunctionsService,
  InvokeOptions,
  LayerInput,
  RangeInput,
  RawCall,
} from "./service/functions.ts"
export type { CreateFunctionsOptions, EgressOptions, ErrorStage, SandboxOptions } from "./service/options.ts"
export type { SecretSource } from "./service/secrets.ts"
