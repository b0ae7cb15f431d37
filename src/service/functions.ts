import type { AuthorizeOptions, FinishOptions } from "../connections/requests.ts"
import type { Configuration, ConfigurationInput, Environment } from "../model/configuration.ts"
import type { Connection, ConnectionRequest, FinishedConnection } from "../model/connection.ts"
import type { DeadLetter, QueuedInvocation } from "../model/durable-call.ts"
import type { NewEvent } from "../model/event.ts"
import type { Expose } from "../model/expose.ts"
import type { Facts } from "../model/facts.ts"
import type { ActivationRecord, AliasRecord, Deployment, FunctionRecord, VersionRecord } from "../model/function.ts"
import type { Invocation, InvocationRecord } from "../model/invocation.ts"
import type { LayerDeployment, LayerDetails, LayerRecord } from "../model/layer.ts"
import type { SentMessage } from "../model/message.ts"
import type { PageInput } from "../model/page.ts"
import type { PipelineDefinition, PipelineRecord, PipelineRun, RunProvenance } from "../model/pipeline.ts"
import type { PipelineInput } from "../model/pipeline-input.ts"
import type { Published, PublishedEvent } from "../model/published-event.ts"
import type { Firing, TriggerRecord } from "../model/trigger.ts"
import type { Trigger } from "../model/trigger-declaration.ts"
import type { Approval } from "../pipelines/outside.ts"
import type { CancelOptions, PipelineRunOptions, PipelineStartOptions, RerunOptions } from "../pipelines/run-options.ts"
import type { RuntimeInput } from "../ports/runtime.ts"
import type { InvocationFilter, MigrationStatus, Page } from "../ports/storage.ts"
import type { EventFilter, PublishOptions } from "../triggers/events/create-events.ts"
import type { DeadLetterFilter, ReplayOptions, ReplayResult } from "../triggers/queue/dead-letters.ts"
import type { EnqueueOptions } from "../triggers/queue/durable-calls.ts"
import type { SendOptions } from "../triggers/queue/messages.ts"
import type { Delivery } from "../triggers/webhooks/delivery.ts"
import type { Received } from "../triggers/webhooks/receive.ts"
import type { WebhookRouteMatch } from "../triggers/webhooks/webhook-routes.ts"
import type { AlertsFace } from "./alerts-face.ts"
import type { AnomaliesFace } from "./anomalies-face.ts"
import type { ErrorsFace } from "./errors-face.ts"
import type { ForecastsFace } from "./forecasts-face.ts"
import type { IngestionFace } from "./ingestion-face.ts"
import type { InvokeOptions, RawAnswer, RawCall } from "./invoke.ts"
import type { LogsFace } from "./logs-face.ts"
import type { MetricsFace } from "./metrics-face.ts"
import type { RouteMatch } from "./routing.ts"
import type { TracesFace } from "./traces-face.ts"

/** What to deploy: exactly one of `source`, `files`, `directory` and `zip`. */
export interface DeployInput {
  readonly name: string
  /** Code text; TypeScript where it is not plain JavaScript. */
  readonly source?: string
  /** Paths within the upload to text or bytes. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** A folder of the host's disk. */
  readonly directory?: string
  /** A ZIP archive's bytes. */
  readonly zip?: Uint8Array
  /** Wins over the upload's own `function.config.*`, key by key. */
  readonly config?: ConfigurationInput
}

/** A layer to deploy: exactly one of `source`, `files`, `directory` and `zip`. */
export type LayerInput = Omit<DeployInput, "config">

/** A function as `get` and `list` answer it: the stored record with its active version's configuration. */
export interface FunctionDetails extends FunctionRecord {
  readonly configuration: Omit<Configuration, "environment" | "triggers" | "description"> | null
}

/** What `update` may change. Changes to `config` that belong to a version make a new version of the same bundle. */
export interface FunctionChange {
  readonly description?: string | null
  readonly environment?: Environment
  readonly triggers?: readonly Trigger[]
  readonly config?: ConfigurationInput
}

/** The service, bound to one organisation. */
export interface Functions {
  /** The organisation that this face is bound to. */
  readonly organisationId: string

  /** Validates, bundles, loads, stores and activates. `FN_005` or `FN_006` where it cannot; then nothing was stored. */
  deploy(input: DeployInput): Promise<Deployment>
  /** Adds a function without code. `FN_006` where the name is taken. */
  create(input: { readonly name: string; readonly config?: ConfigurationInput }): Promise<FunctionDetails>
  /** Goes back to the version that was active before, or to the one named. */
  rollback(name: string, options?: { readonly to?: number }): Promise<Deployment>
  /** By name or id; `FN_001` where there is none. */
  get(name: string): Promise<FunctionDetails>
  list(page?: PageInput): Promise<Page<FunctionDetails>>
  /** Newest first. */
  versions(name: string): Promise<readonly VersionRecord[]>
  /** Newest first. */
  activations(name: string): Promise<readonly ActivationRecord[]>
  update(name: string, change: FunctionChange): Promise<FunctionDetails>
  /** Sets (text) and deletes (null) single variables. */
  setEnvironment(name: string, change: Readonly<Record<string, string | null>>): Promise<Environment>
  remove(name: string): Promise<void>
  readonly aliases: {
    set(name: string, alias: string, version: number): Promise<AliasRecord>
    list(name: string): Promise<readonly AliasRecord[]>
    remove(name: string, alias: string): Promise<void>
    /** Makes the alias's version the active one. */
    promote(name: string, alias: string): Promise<Deployment>
  }

  /** Code that functions share: they name it in `layers` of their configuration, and import it as `layer:NAME`. */
  readonly layers: {
    /** Adds a version, or finds the one of this content. `FN_005` where the code cannot be bundled or loaded. */
    deploy(input: LayerInput): Promise<LayerDeployment>
    /** `name`, the latest, or `name@3`, with the functions' versions that use it. */
    get(name: string): Promise<LayerDetails>
    /** The latest version of each layer, sorted by name. */
    list(page?: PageInput): Promise<Page<LayerRecord>>
    /** Newest first. */
    versions(name: string): Promise<readonly LayerRecord[]>
    /** Removes `name@3`, or every version of `name`; `FN_006` where a version of a function uses it. */
    remove(name: string): Promise<void>
  }

  /** Calls a function and gives its output; throws `FunctionsError` where it failed. */
  invoke<Output = unknown>(name: string, input?: unknown, options?: InvokeOptions): Promise<Output>
  /** Calls a function and gives the whole record; throws only where nothing ran. */
  run(name: string, input?: unknown, options?: InvokeOptions): Promise<Invocation>
  /** Calls with unparsed input; throws only where nothing ran. JSON text that is none fails with `SyntaxError`. */
  runRaw(name: string, input: RuntimeInput, options?: InvokeOptions): Promise<RawCall>
  /** Like `runRaw`, but resolves as soon as there is an answer; a streamed body, and what `waitUntil` was given, go on. */
  answerRaw(name: string, input: RuntimeInput, options?: InvokeOptions): Promise<RawAnswer>
  /**
   * Accepts a call that runs later, at once where there is room: it runs though this process may end meanwhile, and is
   * tried again where that may help. Resolves once that is certain; `invocations.get(id)` follows it.
   */
  enqueue(name: string, input?: unknown, options?: EnqueueOptions): Promise<QueuedInvocation>
  readonly queues: {
    /**
     * Hands a message, any JSON, to the functions and pipelines whose trigger of type `queue` names this queue; each is
     * called once for it. Resolves once that is certain.
     */
    send(queue: string, message: unknown, options?: SendOptions): Promise<SentMessage>
    /** `FN_001` where there is no such message. */
    get(id: string): Promise<SentMessage>
  }
  /**
   * Publishes an event: runs of pipelines that wait for it go on, and triggers that are meant fire. Resolves once that is
   * certain, before it happens; `events.get(id)` follows it. An event of the same source and id is not published again.
   * `FN_006` where it is no CloudEvent, or too large.
   */
  publish(event: NewEvent, options?: PublishOptions): Promise<Published>
  readonly events: {
    /** Publishes all of them, or none: `FN_006` names the one that cannot be. */
    publishAll(events: readonly NewEvent[], options?: PublishOptions): Promise<readonly Published[]>
    /** A published event with what its delivery came to. `FN_001` where there is none. */
    get(id: string): Promise<PublishedEvent>
    /** Newest first. */
    list(filter?: EventFilter, page?: PageInput): Promise<Page<PublishedEvent>>
    /** How large an event may be, in bytes of JSON. */
    readonly maxBytes: number
  }
  readonly invocations: {
    /** A call that was made, or one that was enqueued. `FN_001` where there is none. */
    get(id: string): Promise<InvocationRecord | QueuedInvocation>
    /** Newest first; `function` is a name or id. */
    list(
      filter?: Omit<InvocationFilter, "functionId"> & { readonly function?: string },
      page?: PageInput,
    ): Promise<Page<InvocationRecord>>
    /** Ends an enqueued call that has not ended: what it does just now is stopped. `FN_001` where there is none. */
    cancel(id: string): Promise<QueuedInvocation>
  }
  /** Enqueued calls that failed for good. */
  readonly deadLetters: {
    /** Newest first. */
    list(
      filter?: Omit<DeadLetterFilter, "target"> & { readonly function?: string },
      page?: PageInput,
    ): Promise<Page<DeadLetter>>
    /** `FN_001` where there is none. */
    get(id: string): Promise<DeadLetter>
    /** Calls again, with another input where one is given; the new call names this one as its origin. */
    replay(id: string, change?: { readonly input: unknown }): Promise<QueuedInvocation>
    /** Calls all again that fit, but none that was called again already. */
    replayAll(
      filter?: Omit<DeadLetterFilter, "target"> & { readonly function?: string },
      options?: ReplayOptions,
    ): Promise<ReplayResult>
    /** `FN_001` where there is none. */
    remove(id: string): Promise<void>
    /** Removes all that fit; answers how many. */
    purge(filter?: Omit<DeadLetterFilter, "target"> & { readonly function?: string }): Promise<number>
  }

  /** Accounts at the providers that the host configured. `FN_001` where it has no provider of the name. */
  readonly connections: {
    /** Begins: gives the provider's page, where the browser is to be sent to within ten minutes. */
    authorize(provider: string, options?: AuthorizeOptions): Promise<ConnectionRequest>
    /**
     * Ends: takes what the browser brought back and keeps the tokens. `FN_009` where the state is unknown or was used, is
     * another organisation's, or `binding` is not the one that it began with.
     */
    finish(provider: string, options: FinishOptions): Promise<FinishedConnection>
    /** One entry for each provider, sorted by name. */
    list(): Promise<readonly Connection[]>
    get(provider: string): Promise<Connection>
    /** Forgets the tokens, and gives them back to the provider. `FN_001` where no account is connected. */
    remove(provider: string): Promise<void>
  }

  readonly pipelines: {
    /** Adds or replaces; `FN_006` where the definition is not valid or names a missing function. */
    define(definition: PipelineInput | { toDefinition(): PipelineDefinition }): Promise<PipelineRecord>
    /** Runs to the end, however long that takes; throws only where nothing ran. */
    run(name: string, input?: unknown, options?: PipelineRunOptions): Promise<PipelineRun>
    /** Accepts a run: it ends though this process may end meanwhile. `getRun(id)` follows it. */
    start(name: string, input?: unknown, options?: PipelineStartOptions): Promise<PipelineRun>
    /** Accepts another run of the same steps and versions, which goes on from one of the steps. */
    rerun(id: string, options?: RerunOptions): Promise<PipelineRun>
    /** Ends a run; what it does just now is stopped. `FN_001` where there is none. */
    cancel(id: string, options?: CancelOptions): Promise<PipelineRun>
    /** Approves or refuses a step that waits for it; `FN_001` where none of this name waits. */
    approve(id: string, step: string, approval: Approval): Promise<void>
    get(name: string): Promise<PipelineRecord>
    list(page?: PageInput): Promise<Page<PipelineRecord>>
    remove(name: string): Promise<void>
    getRun(id: string): Promise<PipelineRun>
    /** What reproduces a run: its input, its steps with the versions that they were bound to, and what it was accepted with. */
    provenance(id: string): Promise<RunProvenance>
    /** The pipeline as a Mermaid flowchart. */
    toMermaid(name: string): Promise<string>
    /** The steps that a run was accepted with, coloured by what became of them. */
    runToMermaid(id: string): Promise<string>
    listRuns(name: string, page?: PageInput): Promise<Page<PipelineRun>>
  }

  readonly triggers: {
    /** Of one function or pipeline, or of one type, where these are given. Routes are none of them. */
    list(
      filter?: {
        readonly type?: TriggerRecord["type"]
        readonly function?: string
        readonly pipeline?: string
      },
      page?: PageInput,
    ): Promise<Page<TriggerRecord>>
    /** `FN_001` where there is none. */
    get(id: string): Promise<TriggerRecord>
    /** It fires no more, until it is resumed; deploys leave it so. */
    pause(id: string): Promise<TriggerRecord>
    /** It fires again from now on; what came meanwhile is over. */
    resume(id: string): Promise<TriggerRecord>
    /** Fires on trial, also where it is paused; without an event a schedule makes its own, others give null. */
    fire(id: string, options?: { readonly event?: unknown }): Promise<Firing>
    /** What it fired, newest first; of a removed trigger too. */
    firings(id: string, page?: PageInput): Promise<Page<Firing>>
    /** Fires again with the event of a firing, also where it is paused; the new firing names the old one as its origin. */
    replay(id: string, firingId: string): Promise<Firing>
  }

  readonly alerts: AlertsFace
  readonly anomalies: AnomaliesFace
  readonly errors: ErrorsFace
  readonly forecasts: ForecastsFace
  readonly ingestion: IngestionFace
  readonly logs: LogsFace
  readonly metrics: MetricsFace
  readonly traces: TracesFace

  /** Resolves once `route` knows what any process had stored two seconds ago. */
  followRoutes(): Promise<void>
  /** What answers this method and path (without the mount's prefix). */
  route(method: string, path: string): RouteMatch | null
  /** Takes a delivery for a webhook that `route` gave, and answers what became of it. */
  receive(match: WebhookRouteMatch, delivery: Delivery): Promise<Received>
}

/** How a mount asks for an answer. */
export interface FetchOptions {
  /** The path under which the host mounted the face, such as `/api`. */
  readonly prefix?: string
  /** What the host took off the path before it called, for links and for the URL that functions see. */
  readonly strippedPrefix?: string
  /** @default "all" */
  readonly expose?: Expose
}

/** The service as its host holds it; its own methods are those of the organisation `default`. */
export interface FunctionsService extends Functions {
  /** The same face bound to another organisation; `actor` is who its history names. @default "host" */
  organisation(id: string, options?: { readonly actor?: string }): Functions
  /** The HTTP face. */
  fetch(request: Request, options?: FetchOptions): Promise<Response>
  /** Like `fetch`, but answers null where no path of the face matches, so that a host can go on with its own. */
  handle(request: Request, options?: FetchOptions): Promise<Response | null>
  on<Name extends keyof Facts>(event: Name, listener: (fact: Facts[Name]) => void): () => void
  /** Declarations of the host's own capabilities, as the text of a `.d.ts` file for the editors of function authors. */
  types(): string
  readonly health: {
    /** Rejects where the storage or the sandbox does not answer, within four seconds, and where the service closes. */
    ready(): Promise<void>
    migrations(): Promise<readonly MigrationStatus[]>
  }
  /** Stops taking calls, lets running ones finish, writes what is buffered, disconnects. */
  close(options?: { readonly graceMs?: number }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
