import type { Authenticate } from "../access/identify.ts"
import type { AlertsOptions } from "../alerts/create-alerts.ts"
import type { AnomaliesOptions } from "../anomaly/watch/create-anomalies.ts"
import type { ConnectionsOptions } from "../connections/options.ts"
import type { ErrorGroupsOptions } from "../error-groups/create-error-groups.ts"
import type { ForecastsOptions } from "../forecast/series/create-forecasts.ts"
import type { LogsOptions } from "../logs/create-logs.ts"
import type { MetricsSettings } from "../metrics/create-metrics.ts"
import type { EgressNetwork, EgressRules } from "../model/egress.ts"
import type { Capability } from "../ports/capability.ts"
import type { HttpClient } from "../ports/http-client.ts"
import type { Logger } from "../ports/logger.ts"
import type { Runtime } from "../ports/runtime.ts"
import type { Storage } from "../ports/storage.ts"
import type { TracesOptions } from "../traces/create-traces.ts"
import type { EventOptions } from "../triggers/events/create-events.ts"
import type { AdmissionOptions } from "./admission.ts"
import type { QueueOptions } from "./durable-work.ts"
import type { SecretSource } from "./secrets.ts"

/** Where in the service a failure happened that no caller hears of. */
export type ErrorStage =
  | "metrics"
  | "http"
  | "routes"
  | "lookup"
  | "listener"
  | "capability"
  | "prewarming"
  | "queue"
  | "webhooks"
  | "schedules"
  | "connections"
  | "alerts"
  | "logs"
  | "forecasts"
  | "errors"
  | "traces"
  | "anomalies"

/** Options of `createFunctions`; all may be left out. */
export interface CreateFunctionsOptions {
  /** @default `sqlite(":memory:")`, which does not survive the process */
  readonly storage?: Storage
  /** Who sent an HTTP request; `"open"` lets everybody do everything, for tests. Without it management over HTTP asks for the token printed at start. */
  readonly authenticate?: Authenticate | "open"
  /** The `Host` headers that the HTTP face answers. @default all of them; without `authenticate` those of this machine alone */
  readonly hosts?: readonly string[]
  /** Sites whose pages may call from a browser, such as `https://app.example.com`. */
  readonly origins?: readonly string[]
  /** Where `${secrets.NAME}` in environments come from. */
  readonly secrets?: SecretSource
  readonly sandbox?: SandboxOptions
  /** How many calls of one function may be under way and wait. */
  readonly admission?: AdmissionOptions
  /** How calls that were accepted to run later are done. */
  readonly queue?: QueueOptions
  /** How large events may be, and how long they are remembered. */
  readonly events?: EventOptions
  /** How failures are grouped, and how long groups are kept. */
  readonly errors?: ErrorGroupsOptions
  /** How long what functions write is kept. */
  readonly logs?: LogsOptions
  /** How long what was measured is kept, and how much of it. */
  readonly metrics?: MetricsSettings
  /** Runtimes beside the sandbox; asked before it, so that one of them may serve `nodejs20`. */
  readonly runtimes?: readonly Runtime[]
  /** What functions may reach, and how much of it. @default public addresses, with generous bounds for each call */
  readonly egress?: EgressOptions
  /** How functions reach the network; it is given the rules of `egress`. @default HTTP/1.1 */
  readonly http?: HttpClient
  /** What functions may ask of the host, by name: beside `kv`, `db` and `storage`, or in their place. */
  readonly capabilities?: Readonly<Record<string, Capability>>
  /** Accounts at other services that organisations connect with OAuth, and functions use. */
  readonly connections?: ConnectionsOptions
  /** Where alerts are told, and how long they are kept. */
  readonly alerts?: AlertsOptions
  /** Who makes forecasts beside the built-in ones, and how long these are kept. */
  readonly forecasts?: ForecastsOptions
  /**
   * Has the host's OpenTelemetry make and export spans and measures too, and logs where there is
   * `@opentelemetry/api-logs`; needs `@opentelemetry/api`. @default false
   */
  readonly openTelemetry?: boolean
  /** Which traces are kept, and for how long. */
  readonly traces?: TracesOptions
  /** How series are watched for what is unusual. */
  readonly anomalies?: AnomaliesOptions
  /** Where the service itself writes. @default warnings and errors to standard error */
  readonly logger?: Logger
  /** Hears of failures in the background. @default the logger */
  readonly onError?: (error: unknown, context: { readonly stage: ErrorStage }) => void
  /** Epoch milliseconds; for tests. @default Date.now */
  readonly now?: () => number
}

/** The QuickJS sandbox. */
export interface SandboxOptions {
  /**
   * Threads that run calls.
   * @default the machine's cores, at least 2 and at most 8
   */
  readonly threads?: number
  /**
   * Calls that may wait for a thread; more are refused with `FN_007`.
   * @default 10000
   */
  readonly maxQueued?: number
  /**
   * Bytes that waiting calls of one organisation may hold outside of the threads; further ones end with `FN_007`.
   * @default 256 MB
   */
  readonly maxWaitingBytesOfOrganisation?: number
  /**
   * The same for all organisations together.
   * @default 1 GB
   */
  readonly maxWaitingBytes?: number
  /**
   * Bytes that instances may hold which functions with `reuse` keep between their calls; beyond them the least recently used end.
   * @default 256 MB
   */
  readonly maxKeptBytes?: number
  /**
   * Bytes of one answer; a larger one is the function's `FN_004`.
   * @default 10 MB
   */
  readonly maxOutputBytes?: number
  /**
   * Lines of output of one call; what comes after them is dropped, and a last line says so.
   * @default 1000
   */
  readonly maxLogLines?: number
  /**
   * Characters of these lines together.
   * @default 262,144
   */
  readonly maxLogBytes?: number
  /**
   * CPU milliseconds that the calls of one organisation may use in a minute of the clock; then its calls are refused with
   * `FN_007` until the minute ends, those included whose code has not begun. What is under way goes on.
   * @default no limit
   */
  readonly cpuMsPerMinute?: number
}

/** What functions may reach: rules for everybody, rules of single organisations, and named networks. */
export interface EgressOptions extends EgressRules {
  /** What differs for an organisation; key by key it takes the place of the rules for everybody. Asked at every call. */
  readonly organisation?: (organisation: string) => EgressRules | undefined
  /** Networks by the name that a function's `network.vpc` has. */
  readonly networks?: Readonly<Record<string, EgressNetwork>>
}
