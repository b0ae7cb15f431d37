import { notFound } from "../../errors/not-found.ts"
import type { Anomaly, AnomalySettings, AnomalySettingsInput } from "../../model/anomaly.ts"
import type { Facts, Tell } from "../../model/facts.ts"
import { invalid } from "../../model/invalid.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import { alertSeverities } from "../../model/severity.ts"
import type { AnomalyFilter } from "../../ports/anomaly-storage.ts"
import type { Logger } from "../../ports/logger.ts"
import { checkNumber } from "../../util/check-number.ts"
import { neutralise } from "../../util/neutralise.ts"
import { createWatch, type WatchOptions } from "./create-watch.ts"
import { checkWeights, defaultSettings, mergeSettings, parseSettings, withSettings } from "./settings.ts"

/** How anomalies are found, as hosts set it. */
export interface AnomaliesOptions {
  /** What holds where an organisation has set nothing. */
  readonly settings?: AnomalySettingsInput
  /** How many series are watched at once; each takes some 30 kB. @default 5000 */
  readonly maxSeries?: number
  /** For how many milliseconds anomalies are kept that nobody has marked. @default 7776000000 */
  readonly keepMs?: number
}

/** What finding anomalies needs from the rest of the service. */
export interface CreateAnomaliesOptions
  extends AnomaliesOptions,
    Omit<WatchOptions, "maxSeries" | "pollMs" | "owner" | "found" | "warn" | "defaults"> {
  readonly pollMs?: number | undefined
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
  readonly logger: Pick<Logger, "warn">
}

/** What is unusual in what is measured. `FN_001` where there is no anomaly of an id. */
export interface Anomalies {
  list(organisation: string, filter: AnomalyFilter, page: PageRequest): Promise<Page<Anomaly>>
  get(organisation: string, id: string): Promise<Anomaly>
  /** What is like it is not reported any more. */
  expect(organisation: string, id: string, actor: string, reason: string | undefined): Promise<Anomaly>
  unexpect(organisation: string, id: string): Promise<Anomaly>
  /** Of a function, or of all that have none of their own. */
  getSettings(organisation: string, functionId: string | null): Promise<AnomalySettings>
  /** In the place of those that were set; `FN_006` where they are not valid. Answers what holds then. */
  saveSettings(
    organisation: string,
    functionId: string | null,
    settings: AnomalySettingsInput,
  ): Promise<AnomalySettings>
  /** Of every minute of a series that is over. */
  readonly hint: () => void
  /** A function is gone: it is not watched any more. What was found of it stays. */
  readonly forget: (removed: Facts["function.removed"]) => void
  /** Steps that remove what is too old; each answers how many rows it took. */
  readonly upkeep: readonly ((now: number, limit: number) => Promise<number>)[]
  start(): void
  stop(): Promise<void>
}

const dayMs = 86_400_000
const minuteMs = 60_000
/** What was learned of a series that was not seen for so long is forgotten. */
const keepStatesMs = 30 * dayMs
const maxReason = 1000

/** Creates it. */
export function createAnomalies(options: CreateAnomaliesOptions): Anomalies {
  const { store, now, newId, tell, logger, maxSeries = 5000, keepMs = 90 * dayMs } = options
  checkNumber("anomalies.maxSeries", maxSeries, { least: 0 })
  checkNumber("anomalies.keepMs", keepMs, { above: 0 })
  const defaults = withSettings(defaultSettings, parseSettings(options.settings ?? {}))
  checkWeights(defaults)
  const watch = createWatch({
    ...options,
    defaults,
    maxSeries,
    owner: newId(now()),
    pollMs: Math.max(minuteMs, options.pollMs ?? 0),
    warn: (message) => logger.warn(message),
    found(anomaly) {
      logger.warn(describe(anomaly), { anomalyId: anomaly.id, organisation: anomaly.organisation })
      tell("anomaly.found", anomaly)
    },
  })

  function there(anomaly: Anomaly | null, id: string): Anomaly {
    if (!anomaly) throw notFound("anomaly", id)
    return anomaly
  }

  async function settingsOf(organisation: string, functionId: string | null): Promise<AnomalySettings> {
    return mergeSettings(await store.readSettings([organisation]), organisation, functionId, defaults)
  }

  return {
    async list(organisation, filter, page) {
      const { severity } = filter
      if (severity !== undefined && !alertSeverities.includes(severity)) {
        throw invalid("list anomalies", [{ path: "severity", message: `is none of ${alertSeverities.join(", ")}` }])
      }
      return await store.list(organisation, filter, page)
    },
    get: async (organisation, id) => there(await store.find(organisation, id), id),
    async expect(organisation, id, actor, reason) {
      if (reason !== undefined && (typeof reason !== "string" || reason.length > maxReason)) {
        throw invalid("mark the anomaly", [
          { path: "reason", message: `must be text of at most ${maxReason} characters` },
        ])
      }
      const mark = { actor, at: now(), reason: reason ?? null }
      return there(await store.mark(organisation, id, mark), id)
    },
    unexpect: async (organisation, id) => there(await store.mark(organisation, id, null), id),
    getSettings: settingsOf,
    async saveSettings(organisation, functionId, given) {
      const settings = parseSettings(given)
      const others = (await store.readSettings([organisation])).filter((one) => one.functionId !== functionId)
      const all = [...others, { organisation, functionId, settings }]
      for (const { functionId: one } of all) checkWeights(mergeSettings(all, organisation, one, defaults))
      await store.saveSettings({ organisation, functionId, settings })
      return settingsOf(organisation, functionId)
    },
    hint: watch.hint,
    forget: ({ organisation, functionId }) => watch.forget(organisation, functionId),
    upkeep: [
      (at, limit) => store.expire(at - keepMs, limit),
      (at, limit) => store.expireStates(at - keepStatesMs, limit),
    ],
    start: watch.start,
    stop: watch.stop,
  }
}

/** Dimensions come from outside: no line break of theirs ends a line of the log, and no terminal obeys them. */
function describe({ key, dimensions, value, severity, context, at }: Anomaly): string {
  const what = neutralise(`${key} ${JSON.stringify(dimensions)}`)
  const when = new Date(at).toISOString()
  if (value === null) return `anomaly (${severity}): ${what} has no values any more at ${when}`
  return `anomaly (${severity}): ${what} is ${value} at ${when}, ${context.before.mean} on average before`
}
