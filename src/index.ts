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
  ScheduleTrigger,
  Trigger,
} from "./model/configuration.ts"
export type { DeadLetter, QueuedInvocation } from "./model/durable-call.ts"
export type { EgressGrant, EgressNetwork, EgressRules, EgressUsage } from "./model/egress.ts"
export type { CloudEvent, NewEvent } from "./model/event.ts"
// The service
export type { Expose } from "./model/expose.ts"
export type { Facts } from "./model/facts.ts"
export type { ActivationRecord, AliasRecord, Deployment, FunctionRecord, VersionRecord } from "./model/function.ts"
export type { Identity, Scope } from "./model/identity.ts"
export type { Invocation, InvocationError, InvocationRecord, LogEntry } from "./model/invocation.ts"
export type { Attempt, Job, Lease, NewJob } from "./model/job.ts"
export type { LayerDeployment, LayerDetails, LayerRecord, LayerUse } from "./model/layer.ts"
export type { Distribution, MetricsSummary, TimeRange } from "./model/metrics.ts"
export type {
  Condition,
  PipelineDefinition,
  PipelineRecord,
  PipelineRun,
  PipelineStep,
  RunProvenance,
  StepRecord,
} from "./model/pipeline.ts"
export type { Retry } from "./model/retry.ts"
export type { Scaling } from "./model/scaling.ts"
export type { RerunOptions } from "./pipelines/create-pipelines.ts"
// Pipelines
export { definePipeline, type PipelineBuilder, type StepOptions, type WriteSteps } from "./pipelines/define-pipeline.ts"
export type { Approval } from "./pipelines/outside.ts"
// What adapters implement
export type { CallEgress, HttpClient, HttpContent, HttpLimits, HttpRequest, HttpResponse } from "./ports/http-client.ts"
export type { Logger } from "./ports/logger.ts"
export type { PipelineStore, RunClaim, RunRow, StepRow, WaitingStep } from "./ports/pipeline-storage.ts"
export type { JobFilter, PutResult, Queue, Settlement, TakeRequest, TakeResult } from "./ports/queue.ts"
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
export type { QueueOptions } from "./service/durable-work.ts"
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
export type { Published } from "./triggers/publish.ts"
export type { DeadLetterFilter, ReplayOptions, ReplayResult } from "./triggers/queue/dead-letters.ts"
export type { EnqueueOptions } from "./triggers/queue/durable-calls.ts"
