import { parseRange } from "../metrics/parse-range.ts"
import type { Anomaly, AnomalySettings, AnomalySettingsInput } from "../model/anomaly.ts"
import type { TimeRange } from "../model/metrics.ts"
import type { Page, PageInput } from "../model/page.ts"
import type { AlertSeverity } from "../model/severity.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { Parts } from "./parts.ts"

/** Which anomalies to list. */
export interface AnomalyQuery {
  /** By name or id. */
  readonly function?: string
  /** The key of a series, such as `function.duration_ms`. */
  readonly key?: string
  readonly severity?: AlertSeverity
  /** Those that are marked, or the others. */
  readonly expected?: boolean
  /** `RangeError` where its ends are no times in their order. */
  readonly range?: TimeRange
}

/** What is unusual in what is measured. `FN_001` where there is nothing of an id or a name. */
export interface AnomaliesFace {
  /** Newest first; `FN_006` where the severity is none that anomalies have. */
  list(query?: AnomalyQuery, page?: PageInput): Promise<Page<Anomaly>>
  get(id: string): Promise<Anomaly>
  /** It is learned from: what is like it is not reported any more. */
  expect(id: string, options?: { readonly reason?: string | undefined }): Promise<Anomaly>
  /** Takes the mark away. */
  unexpect(id: string): Promise<Anomaly>
  readonly settings: {
    /** What holds for a function, or for everything that has no settings of its own. */
    get(options?: { readonly function?: string | undefined }): Promise<AnomalySettings>
    /** In the place of what was set; `FN_006` where it is not valid. Answers what holds then, from the next minute on. */
    set(settings: AnomalySettingsInput, options?: { readonly function?: string | undefined }): Promise<AnomalySettings>
  }
}

/** The anomalies of one organisation. */
export function bindAnomalies(
  { gate, lookup, anomalies }: Pick<Parts, "gate" | "lookup" | "anomalies">,
  organisation: string,
  actor: string,
): AnomaliesFace {
  const { enter } = gate
  const idOf = async (name: string | undefined) =>
    name === undefined ? null : (await lookup.find(organisation, name)).id
  return {
    async list({ function: name, range, ...filter } = {}, page) {
      const functionId = await idOf(name)
      const own = {
        ...(functionId !== null && { functionId }),
        ...(range !== undefined && { range: parseRange(range, 0) }),
      }
      return anomalies.list(organisation, { ...filter, ...own }, toPageRequest(page))
    },
    get: (id) => anomalies.get(organisation, id),
    expect: (id, { reason } = {}) => enter(() => anomalies.expect(organisation, id, actor, reason)),
    unexpect: (id) => enter(() => anomalies.unexpect(organisation, id)),
    settings: {
      get: async (options) => anomalies.getSettings(organisation, await idOf(options?.function)),
      set: (settings, options) =>
        enter(async () => anomalies.saveSettings(organisation, await idOf(options?.function), settings)),
    },
  }
}
