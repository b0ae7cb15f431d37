import { toPageRequest } from "../util/page-request.ts"
import type { Functions } from "./functions.ts"
import type { Parts } from "./parts.ts"

/** The part of an organisation's face that looks after alerts. */
export function bindAlerts(
  { gate, alerts }: Pick<Parts, "gate" | "alerts">,
  organisation: string,
  actor: string,
): Functions["alerts"] {
  const { enter } = gate
  return {
    rules: {
      create: (rule) => enter(() => alerts.saveRule(organisation, rule)),
      replace: (id, rule) => enter(() => alerts.saveRule(organisation, rule, id)),
      list: () => alerts.listRules(organisation),
      get: (id) => alerts.getRule(organisation, id),
      remove: (id) => enter(() => alerts.removeRule(organisation, id)),
    },
    silences: {
      create: (silence) => enter(() => alerts.silence(organisation, silence, actor)),
      list: () => alerts.listSilences(organisation),
      remove: (id) => enter(() => alerts.removeSilence(organisation, id)),
    },
    list: async (filter = {}, page) => alerts.list(organisation, filter, toPageRequest(page)),
    get: (id) => alerts.get(organisation, id),
    acknowledge: (id) => enter(() => alerts.acknowledge(organisation, id, actor)),
    resolve: (id) => enter(() => alerts.resolve(organisation, id, actor)),
  }
}
