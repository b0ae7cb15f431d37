import { notFound } from "../errors/not-found.ts"
import { type Alert, type AlertRule, type AlertRuleInput, type AlertSilence, alertStatuses } from "../model/alert.ts"
import type { Anomaly } from "../model/anomaly.ts"
import type { Facts, Tell } from "../model/facts.ts"
import { invalid } from "../model/invalid.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { ClosedWindow } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { AlertFilter, AlertStore } from "../ports/alert-storage.ts"
import type { HttpClient } from "../ports/http-client.ts"
import type { DoJob, Queue } from "../ports/queue.ts"
import { checkNumber } from "../util/check-number.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { type Channels, toChannels } from "./channel.ts"
import { type CheckRunner, createCheckRunner } from "./checks/check-runner.ts"
import type { EvaluateOptions } from "./checks/evaluate.ts"
import { functionOf } from "./checks/groups.ts"
import { createSeriesRules, isSeriesRule } from "./checks/series-rules.ts"
import { type DefaultRules, defaultAlertRules, toDefaultRules } from "./default-rules.ts"
import { createDeliver } from "./deliver.ts"
import { createDigests, type DigestOptions } from "./digest/digests.ts"
import type { DigestSource } from "./digest/make-digest.ts"
import { judgeAnomaly, seriesOf } from "./judge-anomaly.ts"
import { judgeCall } from "./judge-call.ts"
import { judgeDeployment } from "./judge-deployment.ts"
import { createLifecycle, type Lifecycle } from "./lifecycle.ts"
import { createToJobs } from "./notification.ts"
import { createRaise } from "./raise.ts"
import { createResolver } from "./resolver.ts"
import { createRuleBook } from "./rule-book.ts"
import { createRules, type Rules } from "./rules.ts"
import { parseSilence, type SilenceInput, silencing } from "./silence.ts"
import { createWatch } from "./watch.ts"

/** Alerts, as the host sets them up. */
export interface AlertsOptions {
  /** Where alerts are told, by name. */
  readonly channels?: Channels
  /**
   * Rules that hold for every organisation until it replaces or disables them, each by a key that its id `default-<key>` ends
   * with; `{}` for none.
   * @default errors, slow calls, little memory, timeouts and failed deployments
   */
  readonly defaultRules?: DefaultRules
  /** Where people reach the HTTP face, for links in what is told, such as `https://app.example.com/api`. @default "" */
  readonly url?: string
  /** Reports on the calls of every organisation, by name. @default none */
  readonly digests?: Readonly<Record<string, DigestOptions>>
  /** For how many milliseconds alerts are kept that are over. @default 7776000000 */
  readonly keepMs?: number
}

/** What alerts need from the rest of the service. */
export interface CreateAlertsOptions extends AlertsOptions, EvaluateOptions {
  readonly store: AlertStore
  readonly queue: Pick<Queue, "put" | "find">
  readonly digestSource: DigestSource
  /** The network of notifiers. */
  readonly http: HttpClient
  /** Gives the function's name. `FN_001` where there is none. */
  readonly findFunction: (organisation: string, name: string) => Promise<string>
  /** How often to look for what other processes have left to do, in milliseconds. @default 30000 */
  readonly pollMs?: number | undefined
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly random: () => number
  readonly wakeAfter: WakeAfter
  readonly tell: Tell
  readonly onError: (error: unknown, context: { readonly stage: "alerts" }) => void
}

/** Who should hear of what, and what they were told. `FN_001` where there is no rule, alert or silence of an id. */
export interface Alerts extends Pick<Lifecycle, "get" | "acknowledge" | "resolve"> {
  /** `FN_006` where the rule is not valid; with an id, takes the place of that rule. */
  saveRule(organisation: string, rule: AlertRuleInput, id?: string): Promise<AlertRule>
  readonly listRules: Rules["list"]
  readonly getRule: Rules["get"]
  /** Its alerts stay, and resolve by themselves. */
  removeRule(organisation: string, id: string): Promise<void>
  list(organisation: string, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>
  silence(organisation: string, silence: SilenceInput, actor: string): Promise<AlertSilence>
  /** Those that are not over. */
  listSilences(organisation: string): Promise<readonly AlertSilence[]>
  removeSilence(organisation: string, id: string): Promise<void>
  /** Of every call that ends. */
  readonly observeCall: (call: InvocationRecord) => void
  /** Of every minute of a series that ends. */
  readonly observeWindow: (window: ClosedWindow) => void
  /** Of everything unusual that is found. */
  readonly observeAnomaly: (anomaly: Anomaly) => void
  /** Of every deployment that fails. */
  readonly observeDeployment: (failed: Facts["deployment.failed"]) => void
  /** Does the job of a notification. */
  readonly work: DoJob
  /** Removes alerts that have been over for long; answers how many. */
  readonly expire: (now: number, limit: number) => Promise<number>
  start(): void
  /** Writes down what was seen. */
  stop(): Promise<void>
}

const defaultKeepMs = 90 * 86_400_000

/** Creates the alerts. */
export function createAlerts(options: CreateAlertsOptions): Alerts {
  const { store, now, newId, wakeAfter, tell, onError, pollMs = 30_000, url = "", keepMs = defaultKeepMs } = options
  checkNumber("alerts.keepMs", keepMs, { above: 0 })
  if (url !== "" && !URL.canParse(url)) {
    throw new TypeError('Cannot use alerts.url: it must be an address, such as "https://app.example.com/api".')
  }
  const channels = toChannels(options.channels ?? {})
  const defaults = toDefaultRules(options.defaultRules ?? defaultAlertRules, [...channels.keys()])
  const rules = createRules({ ...options, defaults, channels: [...channels.keys()] })
  const book = createRuleBook({
    store: { listRules: rules.list, listSilences: (organisation, at) => store.listSilences(organisation, at) },
    now,
    onError,
  })
  const toJobs = createToJobs({ channels, now, newId })
  const changed = (alert: Alert) => {
    resolver.seen(alert)
    tell("alert.changed", alert)
  }
  const lifecycle = createLifecycle({ store, rules, toJobs, channels, changed, now })
  const resolver = createResolver({ store, now, wakeAfter, pollMs, onError, resolve: lifecycle.resolveIfDue })
  const raise = createRaise({ store, toJobs, changed, now, newId })
  const watch = createWatch({ book, raise, now, wakeAfter, onError })
  const runner: CheckRunner = createCheckRunner({
    ...{ store, now, wakeAfter, pollMs, onError },
    perform: (check) => (digests.isMeant(check) ? digests.perform(check) : seriesRules.perform(check)),
  })
  const digests = createDigests({
    ...{ ...options, toJobs, wake: runner.wake },
    given: options.digests ?? {},
    channels: [...channels.keys()],
  })
  const seriesRules = createSeriesRules({
    ...{ ...options, book, raise },
    findRule: rules.find,
    resolve: lifecycle.resolveNow,
    wake: runner.wake,
  })

  return {
    async saveRule(organisation, given, id) {
      const saved = await rules.save(organisation, given, id)
      book.forget(organisation)
      if (isSeriesRule(saved)) await runner.wake([{ organisation, id: saved.id }], now())
      return saved
    },
    listRules: rules.list,
    getRule: rules.get,
    async removeRule(organisation, id) {
      await rules.remove(organisation, id)
      book.forget(organisation)
    },

    async list(organisation, filter, page) {
      const { status } = filter
      if (status !== undefined && !alertStatuses.includes(status)) {
        throw invalid("list alerts", [{ path: "status", message: `is none of ${alertStatuses.join(", ")}` }])
      }
      await watch.flush()
      return store.list(organisation, filter, page)
    },
    get: lifecycle.get,
    acknowledge: lifecycle.acknowledge,
    resolve: lifecycle.resolve,

    async silence(organisation, given, actor) {
      const at = now()
      const silence = { ...parseSilence(given, at), organisation, id: newId(at), actor, createdAt: at }
      if (silence.function !== null) await rules.checkFunction(organisation, silence.function, silencing)
      if (silence.ruleId !== null) await rules.get(organisation, silence.ruleId)
      await store.addSilence(silence)
      book.forget(organisation)
      return silence
    },
    listSilences: (organisation) => store.listSilences(organisation, now()),
    async removeSilence(organisation, id) {
      if (!(await store.removeSilence(organisation, id))) throw notFound("silence", id)
      book.forget(organisation)
    },

    observeCall: (call) =>
      watch.observe({
        ...{ organisation: call.organisation, function: call.name, series: null },
        judge: (condition) => judgeCall(condition, call),
      }),
    observeWindow(window) {
      seriesRules.observe(window)
      digests.observe(window)
    },
    observeAnomaly: (anomaly) =>
      watch.observe({
        ...{ organisation: anomaly.organisation, function: functionOf(anomaly), series: seriesOf(anomaly) },
        judge: (condition) => (condition.type === "anomaly" ? judgeAnomaly(condition, anomaly, url) : undefined),
      }),
    observeDeployment: (failed) =>
      watch.observe({
        ...{ organisation: failed.organisation, function: failed.name, series: null },
        judge: (condition) => (condition.type === "deployment" ? judgeDeployment(failed) : undefined),
      }),
    work: createDeliver({ ...options, channels }),
    expire: (at, limit) => store.expire(at - keepMs, limit),
    start() {
      resolver.start()
      runner.start()
    },
    async stop() {
      resolver.stop()
      await runner.stop()
      await seriesRules.stop()
      await digests.stop()
      await watch.stop()
    },
  }
}
