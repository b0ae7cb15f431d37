import type { AlertsOptions } from "../alerts/create-alerts.ts"
import type { AnomaliesOptions } from "../anomaly/watch/create-anomalies.ts"
import type { ConnectionsOptions } from "../connections/options.ts"
import type { ErrorGroupsOptions } from "../error-groups/create-error-groups.ts"
import { FunctionsError } from "../errors/functions-error.ts"
import type { ForecastsOptions } from "../forecast/series/create-forecasts.ts"
import type { LogsOptions } from "../logs/create-logs.ts"
import type { MetricsSettings } from "../metrics/create-metrics.ts"
import { checkKeys } from "../model/check-keys.ts"
import type { EgressRules } from "../model/egress.ts"
import type { TracesOptions } from "../traces/create-traces.ts"
import type { EventOptions } from "../triggers/events/create-events.ts"
import { isRecord } from "../util/is-record.ts"
import type { AdmissionOptions } from "./admission.ts"
import type { QueueOptions } from "./durable-work.ts"
import type { CreateFunctionsOptions, EgressOptions, SandboxOptions } from "./options.ts"

/** Every key of a type, which the compiler holds to it. */
type Keys<Type> = { readonly [Key in keyof Required<Type>]: true }

type Test = (value: unknown) => boolean

const isFunction = (value: unknown): value is () => unknown => typeof value === "function"
const isClock: Test = (value) => isFunction(value) && Number.isFinite(value())
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
const has =
  (...methods: readonly string[]): Test =>
  (value) =>
    typeof value === "object" && value !== null && methods.every((name) => isFunction(Reflect.get(value, name)))
const isRuntimes: Test = (value) => Array.isArray(value) && value.every(has("ready", "load", "run", "close"))
const isCapabilities: Test = (value) =>
  isRecord(value) && Object.values(value).every((one) => isRecord(one) && isRecord(one.methods))
/** What is listed with a scheme or a path would be like no `Host` header. */
const isHosts: Test = (value) => isTexts(value) && !value.some((one) => /[/\s]/.test(one))
/** What is listed without a scheme, or with a path, would be like no `Origin` header. */
const isOrigins: Test = (value) =>
  isTexts(value) && value.every((one) => /^[a-z][a-z\d+.-]*:\/\/[^/\s]+\/?$/i.test(one))
const isStorage: Test = (value) =>
  has("open", "close")(value) && isRecord(Reflect.get(value as object, "queue")) && "functions" in (value as object)

/** What each option must be, in words that end its message. */
const expected: { readonly [Key in keyof Required<CreateFunctionsOptions>]: readonly [Test, string] } = {
  storage: [isStorage, 'must be a storage, such as sqlite("inlay.db") of inlay/storage/sqlite or postgres(url)'],
  authenticate: [(value) => value === "open" || isFunction(value), 'must be a function, or "open" for tests'],
  hosts: [isHosts, 'must be a list of hosts, such as ["app.example.com"]'],
  origins: [isOrigins, 'must be a list of origins, such as ["https://app.example.com"]'],
  secrets: [isFunction, "must be a function that gives a secret by its name"],
  sandbox: [isRecord, "must be an object, such as { threads: 2 }"],
  admission: [isRecord, "must be an object, such as { concurrency: 100 }"],
  queue: [isRecord, "must be an object, such as { concurrency: 64 }: the queue itself comes with the storage"],
  events: [isRecord, "must be an object, such as { maxBytes: 1048576 }"],
  runtimes: [isRuntimes, "must be a list of runtimes, with the methods ready, load, run and close"],
  egress: [isRecord, 'must be an object, such as { allow: ["api.example.com"] }'],
  http: [has("fetch", "close"), "must be an HTTP client with fetch and close"],
  capabilities: [isCapabilities, "must be an object of capabilities by their names, each { methods: { … } }"],
  connections: [isRecord, "must be an object with key, url and providers"],
  alerts: [isRecord, "must be an object with what tells of alerts, and how long they are kept"],
  errors: [isRecord, "must be an object, such as { maxGroups: 1000 }"],
  logs: [isRecord, "must be an object, such as { keepMs: 604800000 }"],
  forecasts: [isRecord, 'must be an object, such as { backends: [], defaultBackend: "combined" }'],
  openTelemetry: [(value) => typeof value === "boolean", "must be true or false"],
  traces: [isRecord, "must be an object, such as { sample: 0.1 }"],
  anomalies: [isRecord, "must be an object, such as { maxSeries: 5000 }"],
  metrics: [isRecord, "must be an object with how long what was measured is kept"],
  logger: [has("debug", "info", "warn", "error"), "must have the methods debug, info, warn and error"],
  onError: [isFunction, "must be a function"],
  now: [isClock, "must be a function that gives epoch milliseconds"],
}

const queue: Keys<QueueOptions> = {
  ...{ weights: true, organisationConcurrency: true, concurrency: true, leaseMs: true, pollMs: true },
  ...{ keepEndedMs: true, keepDeadLettersMs: true, keepFiringsMs: true },
}
const sandbox: Keys<SandboxOptions> = {
  ...{ threads: true, maxQueued: true, maxWaitingBytesOfOrganisation: true, maxWaitingBytes: true },
  ...{ maxKeptBytes: true, maxOutputBytes: true, maxLogLines: true, maxLogBytes: true, cpuMsPerMinute: true },
}
const admission: Keys<AdmissionOptions> = { concurrency: true, maxQueued: true }
const forecasts: Keys<ForecastsOptions> = { backends: true, defaultBackend: true, timeoutMs: true, keepMs: true }
const traces: Keys<TracesOptions> = { sample: true, spansPerSecond: true, slowMs: true, keepMs: true, propagate: true }
const events: Keys<EventOptions> = { maxBytes: true, identityTtlMs: true }
const errors: Keys<ErrorGroupsOptions> = { keepMs: true, maxGroups: true }
const logs: Keys<LogsOptions> = { keepMs: true }
const rules: Keys<EgressRules> = {
  ...{ allow: true, reach: true, methods: true, maxRequests: true, maxBytesSent: true, maxBytesReceived: true },
}
const egress: Keys<EgressOptions> = { ...rules, organisation: true, networks: true }
const alerts: Keys<AlertsOptions> = { channels: true, defaultRules: true, url: true, digests: true, keepMs: true }
const anomalies: Keys<AnomaliesOptions> = { settings: true, maxSeries: true, keepMs: true }
const metrics: Keys<MetricsSettings> = {
  ...{
    keepInvocationsMs: true,
    keepMinutesMs: true,
    keepHoursMs: true,
    keepDaysMs: true,
    maxSeries: true,
    lateMs: true,
  },
}
const connections: Keys<ConnectionsOptions> = {
  ...{ key: true, url: true, providers: true, returnOrigins: true, egress: true },
}
const parts: Partial<Record<keyof CreateFunctionsOptions, object>> = {
  ...{ queue, sandbox, admission, events, egress, alerts, anomalies, connections, errors, forecasts, logs, metrics },
  traces,
}

const doing = "start Inlay"

/** `FN_006` where an option is not known, or is not what it must be; what stands within single ones is checked where it is used. */
export function checkOptions(options: CreateFunctionsOptions): void {
  if (!isRecord(options)) refuse("options", 'must be an object, such as { storage: sqlite("inlay.db") }')
  checkKeys(doing, options, Object.keys(expected))
  for (const [name, [test, wanted]] of Object.entries(expected)) {
    const value: unknown = Reflect.get(options, name)
    if (value !== undefined && !test(value)) refuse(name, wanted)
  }
  for (const [name, known] of Object.entries(parts)) {
    const value = Reflect.get(options, name) as object | undefined
    if (value !== undefined) checkKeys(doing, value, Object.keys(known), `${name}.`)
  }
}

function refuse(path: string, message: string): never {
  throw new FunctionsError("FN_006", `Cannot ${doing}: "${path}" ${message}.`, { issues: [{ path, message }] })
}
