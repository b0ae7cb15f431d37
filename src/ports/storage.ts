import type { Environment, VersionConfiguration } from "../model/configuration.ts"
import type {
  ActivationReason,
  ActivationRecord,
  AliasRecord,
  Bundle,
  FunctionRecord,
  VersionRecord,
} from "../model/function.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { LayerPin } from "../model/layer.ts"
import type { Distribution, TimeRange } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { Trigger } from "../model/trigger-declaration.ts"
import type { AlertStore } from "./alert-storage.ts"
import type { AnomalyStore } from "./anomaly-storage.ts"
import type { DocumentStore, FileStore, KeyValueStore } from "./capability-storage.ts"
import type { ConnectionStore } from "./connection-storage.ts"
import type { ErrorGroupStore } from "./error-group-storage.ts"
import type { ForecastStore } from "./forecast-storage.ts"
import type { IngestStore } from "./ingest-storage.ts"
import type { LayerStore } from "./layer-storage.ts"
import type { LogStore } from "./log-storage.ts"
import type { MetricStore } from "./metric-storage.ts"
import type { PipelineStore } from "./pipeline-storage.ts"
import type { Queue } from "./queue.ts"
import type { CheckRoutes } from "./routes.ts"
import type { TraceStore } from "./trace-storage.ts"
import type { TriggerStore } from "./trigger-storage.ts"

export type { Page, PageInput, PageRequest } from "../model/page.ts"

/** A deployment as it is committed: every part of it, or nothing. */
export interface DeploymentCommit {
  readonly organisation: string
  readonly name: string
  /** Used where the function does not exist yet. */
  readonly newFunctionId: string
  readonly activationId: string
  readonly bundle: Bundle
  readonly contentHash: string
  readonly configuration: VersionConfiguration
  readonly kind: "http" | "event"
  readonly evaluatesPerCall: boolean
  /** The layers that the version uses. @default none */
  readonly layers?: readonly LayerPin[]
  /** Undefined leaves the stored environment; a new function begins without one. */
  readonly environment?: Environment | undefined
  /** Undefined leaves the stored triggers; a new function begins without any. */
  readonly triggers?: readonly Trigger[] | undefined
  /** Of the triggers that are given. @default they may be declared */
  readonly checkRoutes?: CheckRoutes | undefined
  /** Undefined leaves the stored description. */
  readonly description?: string | undefined
  readonly actor: string
  readonly at: number
}

/** What became of a commit or a roll back. */
export interface ActivationResult {
  readonly function: FunctionRecord
  readonly version: VersionRecord
  /** Null where the version was active already, so that no activation was written. */
  readonly activation: ActivationRecord | null
}

/** Functions, their versions, aliases and activations: what the registry keeps. */
export interface FunctionStore {
  /** Adds a function without code. MUST answer null, and change nothing, where the organisation has one of this name. */
  create(record: FunctionRecord, checkRoutes?: CheckRoutes): Promise<FunctionRecord | null>
  findByName(organisation: string, name: string): Promise<FunctionRecord | null>
  findById(organisation: string, id: string): Promise<FunctionRecord | null>
  /** Sorted by name; the cursor is the last name. */
  list(organisation: string, page: PageRequest): Promise<Page<FunctionRecord>>
  /** Every function of every organisation that has an http trigger, for the router. */
  listRouted(): Promise<readonly FunctionRecord[]>
  /** Changes the mutable parts that are given. Answers null where the function is gone. */
  update(
    organisation: string,
    id: string,
    change: {
      readonly environment?: Environment
      readonly triggers?: readonly Trigger[]
      readonly checkRoutes?: CheckRoutes
      readonly description?: string | null
      readonly updatedAt: number
    },
  ): Promise<FunctionRecord | null>
  /** Sets or deletes (null) single variables in one step, so that concurrent changes of others are kept. */
  changeEnvironment(
    organisation: string,
    id: string,
    change: Readonly<Record<string, string | null>>,
    updatedAt: number,
  ): Promise<FunctionRecord | null>
  /** Removes a function with versions, aliases and activations, and bundles that no version uses any more. */
  remove(organisation: string, id: string): Promise<boolean>

  /**
   * Commits a deployment in one transaction: finds or adds the function, finds the version with the same content hash
   * or adds the next number, stores the bundle, activates.
   * MUST serialise concurrent commits of one name. MUST NOT reuse a number, not even of a removed function of this name.
   * MUST reject, and change nothing, where one of the layers does not exist.
   */
  commit(deployment: DeploymentCommit): Promise<ActivationResult>
  /**
   * Activates a version in one transaction. `to` is a version number, or `"previous"`: the version that was active before
   * the present one, by the history, so that repeated roll backs go further back.
   * Answers null where there is no such version.
   */
  activate(change: {
    readonly organisation: string
    readonly functionId: string
    readonly to: number | "previous"
    readonly reason: ActivationReason
    readonly activationId: string
    readonly actor: string
    readonly at: number
  }): Promise<ActivationResult | null>

  findVersion(organisation: string, functionId: string, number: number): Promise<VersionRecord | null>
  /** Newest first. */
  listVersions(organisation: string, functionId: string): Promise<readonly VersionRecord[]>
  /** The bundle of a version. */
  findBundle(organisation: string, functionId: string, number: number): Promise<Bundle | null>
  /** Newest first. */
  listActivations(organisation: string, functionId: string): Promise<readonly ActivationRecord[]>

  /** MUST answer false, and change nothing, where the version does not exist. */
  setAlias(alias: AliasRecord): Promise<boolean>
  findAlias(organisation: string, functionId: string, alias: string): Promise<AliasRecord | null>
  listAliases(organisation: string, functionId: string): Promise<readonly AliasRecord[]>
  removeAlias(organisation: string, functionId: string, alias: string): Promise<boolean>
}

/** Which invocations to list. */
export interface InvocationFilter {
  readonly functionId?: string
  readonly status?: "succeeded" | "failed"
  readonly range?: TimeRange
}

/** Count, errors and distributions of the invocations of a range. */
export interface InvocationSummary {
  readonly count: number
  readonly errors: number
  readonly coldStarts: number
  readonly durationMs: Distribution
  readonly cpuMs: Distribution
  readonly memoryBytes: Distribution
}

/** What happened. */
export interface InvocationStore {
  /** Adds a batch in one transaction; records whose id is known already are passed over. */
  insert(records: readonly InvocationRecord[]): Promise<void>
  find(organisation: string, id: string): Promise<InvocationRecord | null>
  /** Newest first, by id; the cursor is the last id. */
  list(organisation: string, filter: InvocationFilter, page: PageRequest): Promise<Page<InvocationRecord>>
  /** Percentiles are nearest-rank over `startedAt` in the range. */
  summarise(organisation: string, functionId: string, range: TimeRange): Promise<InvocationSummary>
  /** Removes at most `limit` records of calls that began before then, of all organisations; answers how many. */
  expire(startedBefore: number, limit: number): Promise<number>
}

/** One schema migration. */
export interface MigrationStatus {
  /** Such as `0001_functions`. */
  readonly name: string
  /** Epoch milliseconds; null where it has not been applied. */
  readonly appliedAt: number | null
}

/** Where everything durable is kept. All rows carry the organisation; all times are epoch milliseconds UTC. */
export interface Storage {
  /** A short name for messages: `sqlite`, `postgres`. */
  readonly name: string
  /** What a host should know of this storage at start, such as that nothing will survive. */
  readonly notice?: string
  readonly functions: FunctionStore
  readonly layers: LayerStore
  readonly invocations: InvocationStore
  /** Failures, grouped. */
  readonly errorGroups: ErrorGroupStore
  /** What functions wrote. */
  readonly logs: LogStore
  /** What was measured over time. */
  readonly metrics: MetricStore
  /** What happened in which order, and why. */
  readonly traces: TraceStore
  readonly pipelines: PipelineStore
  /** What calls functions and runs pipelines by itself. */
  readonly triggers: TriggerStore
  /** Where accepted work waits. */
  readonly queue: Queue
  readonly keyValues: KeyValueStore
  readonly documents: DocumentStore
  readonly files: FileStore
  /** Accounts of organisations at other services. */
  readonly connections: ConnectionStore
  readonly alerts: AlertStore
  readonly forecasts: ForecastStore
  readonly ingest: IngestStore
  readonly anomalies: AnomalyStore
  /**
   * Connects and applies the migrations that are missing; safe to call from several processes at once. `warn` hears
   * later of what the host should know.
   */
  open(options?: { readonly warn?: (message: string) => void }): Promise<void>
  migrationStatus(): Promise<readonly MigrationStatus[]>
  /**
   * Epoch milliseconds of a clock that all who share the database go by.
   * @default each goes by its own
   */
  clock?(): Promise<number>
  /** Resolves where the database answers. */
  ping(): Promise<void>
  /**
   * Ends every connection at once: calls that are under way reject, and so do later ones. For a database that does not answer
   * any more, which `close` would wait for. Absent where nothing is that far away.
   */
  cut?(): void
  /** Finishes what was begun, then disconnects. A connection that the host handed in stays open. */
  close(): Promise<void>
}
