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
export type { Channel as AlertChannel } from "./alerts/channel.ts"
export type { AlertsOptions } from "./alerts/create-alerts.ts"
export { type DefaultRules, defaultAlertRules } from "./alerts/default-rules.ts"
export type { DigestOptions } from "./alerts/digest/digests.ts"
export type { QuietHours } from "./alerts/quiet-hours.ts"
export type { SilenceInput } from "./alerts/silence.ts"
// Anomalies
export { createDetector } from "./anomaly/create-detector.ts"
export type {
  CompletedContext,
  Detector,
  DetectorOptions,
  DetectorResult,
  DetectorState,
} from "./anomaly/types.ts"
export type { AnomaliesOptions } from "./anomaly/watch/create-anomalies.ts"
export type { ConnectionsOptions, ProviderOptions } from "./connections/options.ts"
export type { AuthorizeOptions, FinishOptions } from "./connections/requests.ts"
export type { ErrorGroupsOptions } from "./error-groups/create-error-groups.ts"
// Errors
export { DeliveryError } from "./errors/delivery-error.ts"
export { type ErrorIssue, FunctionsError, type GuestError } from "./errors/functions-error.ts"
export type { ErrorCode } from "./errors/table.ts"
// Forecasts
export type {
  BackendDescription,
  Forecast,
  ForecastBackend,
  ForecastCapabilities,
  Outlook,
} from "./forecast/backend.ts"
export {
  createForecaster,
  type Forecaster,
  type ForecasterCall,
} from "./forecast/create-forecaster.ts"
export { type EvaluatedForecast, evaluateForecast } from "./forecast/evaluate-forecast.ts"
export { forecast } from "./forecast/forecast.ts"
export type { ForecasterOptions } from "./forecast/forecaster-options.ts"
export type { Interval, Intervals } from "./forecast/intervals.ts"
export type { ForecastOptions, ForecastRequest, History } from "./forecast/request.ts"
export type { ForecastsOptions } from "./forecast/series/create-forecasts.ts"
// Logs
export type { LogsOptions } from "./logs/create-logs.ts"
export type { LogTail, TailReading } from "./logs/tail.ts"
export type { TailOptions } from "./logs/tails.ts"
export type { MetricsSettings } from "./metrics/create-metrics.ts"
// The nouns
export type { Alert, AlertOccasion, AlertRule, AlertRuleInput, AlertSilence, AlertStatus } from "./model/alert.ts"
export type * from "./model/alert-condition.ts"
export type * from "./model/alert-finding.ts"
export type {
  Anomaly,
  AnomalyMark,
  AnomalyMethod,
  AnomalySettings,
  AnomalySettingsInput,
  ContextSummary,
  MethodFinding,
} from "./model/anomaly.ts"
export type {
  Configuration,
  ConfigurationInput,
  Environment,
  Network,
  RuntimeId,
} from "./model/configuration.ts"
export type { Connection, ConnectionRequest, ConnectionStatus, FinishedConnection } from "./model/connection.ts"
export type { AuthTrigger, DatabaseTrigger, StorageTrigger } from "./model/data-trigger.ts"
// The service
export type { Digest, DigestFunction, DigestPeriod, DigestRelease } from "./model/digest.ts"
export type { DeadLetter, QueuedInvocation } from "./model/durable-call.ts"
export type { EgressGrant, EgressNetwork, EgressRules, EgressUsage } from "./model/egress.ts"
export type { ErrorExample, ErrorGroup, ErrorGroupFilter, ErrorGroupStatus } from "./model/error-group.ts"
export type { CloudEvent, NewEvent } from "./model/event.ts"
export type { Expose } from "./model/expose.ts"
export type { Facts } from "./model/facts.ts"
export type { Flow, Gathering, Lane, Throttle } from "./model/flow.ts"
export type * from "./model/forecast.ts"
export type * from "./model/forecast-schedule.ts"
export type { ActivationRecord, AliasRecord, Deployment, FunctionRecord, VersionRecord } from "./model/function.ts"
export type { IdempotencyOptions } from "./model/idempotency.ts"
export type { Identity, Scope } from "./model/identity.ts"
export type * from "./model/ingestion.ts"
export type {
  Invocation,
  InvocationError,
  InvocationRecord,
  InvocationSpan,
  LogEntry,
  LogFields,
} from "./model/invocation.ts"
export type { AskedBy, Attempt, Job, Lease, NewJob } from "./model/job.ts"
export type { StartedJob, StoppedJob } from "./model/job-work.ts"
export type { LayerDeployment, LayerDetails, LayerRecord, LayerUse } from "./model/layer.ts"
export type { LogFilter, LogLevel, LogLine, TailedLogLine } from "./model/log.ts"
export type { MessageFiring, QueueEvent, SentMessage } from "./model/message.ts"
export type {
  CallFigures,
  ClosedWindow,
  Distribution,
  MetricFigures,
  MetricPoint,
  MetricQuery,
  MetricSeries,
  MetricsReport,
  MetricsSummary,
  NewPoint,
  Resolution,
  Spread,
  TimeRange,
} from "./model/metrics.ts"
export type { OutgoingRequest } from "./model/outgoing-request.ts"
export type {
  BoundFunction,
  Condition,
  PipelineDefinition,
  PipelineRecord,
  PipelineRun,
  PipelineStep,
  RunProvenance,
  RunSurroundings,
  StepRecord,
} from "./model/pipeline.ts"
export type { PipelineInput, PipelineStepInput } from "./model/pipeline-input.ts"
export type { EventDelivery, EventFiring, Published, PublishedEvent } from "./model/published-event.ts"
export type {
  QueueBatch,
  QueueConcurrency,
  QueueControl,
  QueueDebounce,
  QueueThrottle,
} from "./model/queue-control.ts"
export type { Retry } from "./model/retry.ts"
export type { Scaling } from "./model/scaling.ts"
export type { AlertSeverity } from "./model/severity.ts"
export type * from "./model/span.ts"
export type { TraceContext } from "./model/trace-context.ts"
export type { Firing, FiringCause, TriggerRecord, TriggerTarget } from "./model/trigger.ts"
export type { BusTrigger, EventTrigger, HttpTrigger, ScheduleTrigger, Trigger } from "./model/trigger-declaration.ts"
export type { WebhookProvider, WebhookTrigger } from "./model/webhook-trigger.ts"
// Pipelines
export { definePipeline, type PipelineBuilder, type StepOptions, type WriteSteps } from "./pipelines/define-pipeline.ts"
export type { Approval } from "./pipelines/outside.ts"
export type { CancelOptions, PipelineRunOptions, PipelineStartOptions, RerunOptions } from "./pipelines/run-options.ts"
// What adapters implement
export type { AlertChange, AlertCheck, AlertFilter, AlertStore } from "./ports/alert-storage.ts"
export type {
  AnomalyFilter,
  AnomalyStore,
  SeriesName,
  SeriesState,
  StoredAnomalySettings,
  WatchStep,
} from "./ports/anomaly-storage.ts"
export type { ErrorGroupStore, ErrorOccurrences, StoredErrorGroupFilter } from "./ports/error-group-storage.ts"
export type { ForecastScheduleChange, ForecastStore, StoredForecastFilter } from "./ports/forecast-storage.ts"
export type {
  CallEgress,
  HttpClient,
  HttpContent,
  HttpLimits,
  HttpRequest,
  HttpResponse,
  SendRequest,
} from "./ports/http-client.ts"
export type { IngestChange, IngestOutcome, IngestStore, MarkState, PointMark } from "./ports/ingest-storage.ts"
export type { LogSearch, LogStore, StoredLogFilter, StoredLogLine, WrittenAfter } from "./ports/log-storage.ts"
export type { Logger } from "./ports/logger.ts"
export type { MetricMinute, MetricMoments, MetricStore, MetricWindow, SeenSeries } from "./ports/metric-storage.ts"
export type {
  AlertNotification,
  NotificationReason,
  NotificationSubject,
  Notifier,
  NotifierContext,
} from "./ports/notifier.ts"
export type { PipelineStore, RunClaim, RunRow, StepRow, WaitingRun } from "./ports/pipeline-storage.ts"
export type {
  JobFilter,
  JoinedQueue,
  PutResult,
  Queue,
  Settlement,
  TakeRequest,
  TakeResult,
  TakeShares,
} from "./ports/queue.ts"
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
export type { InvocationFilter, MigrationStatus, Page, PageInput, PageRequest, Storage } from "./ports/storage.ts"
export type { ReadSpan, SpanQuery, TraceStore } from "./ports/trace-storage.ts"
export type {
  NewFiring,
  RefusedCount,
  ScheduleMove,
  TriggerFilter,
  TriggerStore,
} from "./ports/trigger-storage.ts"
export type { AdmissionOptions } from "./service/admission.ts"
export type { AlertsFace } from "./service/alerts-face.ts"
export type { AnomaliesFace, AnomalyQuery } from "./service/anomalies-face.ts"
export { createFunctions } from "./service/create-functions.ts"
export type { QueueOptions } from "./service/durable-work.ts"
export type { ErrorsFace } from "./service/errors-face.ts"
export type { ForecastsFace } from "./service/forecasts-face.ts"
export type {
  DeployInput,
  FetchOptions,
  FunctionChange,
  FunctionDetails,
  Functions,
  FunctionsService,
  LayerInput,
} from "./service/functions.ts"
export type { IngestionFace } from "./service/ingestion-face.ts"
export type { InvokeOptions, RawCall } from "./service/invoke.ts"
export type { LogsFace } from "./service/logs-face.ts"
export type { MetricsFace, RangeInput } from "./service/metrics-face.ts"
export type { CreateFunctionsOptions, EgressOptions, ErrorStage, SandboxOptions } from "./service/options.ts"
export type { SecretSource } from "./service/secrets.ts"
export type { TracesFace } from "./service/traces-face.ts"
export type { TracesOptions } from "./traces/create-traces.ts"
export type { DataTriggerEvent } from "./triggers/data/trigger-event.ts"
export type { EventFilter, EventOptions, PublishOptions } from "./triggers/events/create-events.ts"
export {
  type EventMessage,
  readCloudEvents,
  toBatchMessage,
  toBinaryMessage,
  toStructuredMessage,
} from "./triggers/events/http-binding.ts"
export type { DeadLetterFilter, ReplayOptions, ReplayResult } from "./triggers/queue/dead-letters.ts"
export type { EnqueueOptions } from "./triggers/queue/durable-calls.ts"
export type { SendOptions } from "./triggers/queue/messages.ts"
export type { ScheduleEvent } from "./triggers/schedules/schedule-event.ts"
export type { WebhookEvent } from "./triggers/webhooks/webhook-event.ts"
