import { FunctionsError } from "../errors/functions-error.ts"
import { notFound } from "../errors/not-found.ts"
import type { AlertRule, AlertRuleInput } from "../model/alert.ts"
import { functionMetrics } from "../model/alert-condition.ts"
import { invalid } from "../model/invalid.ts"
import type { AlertStore } from "../ports/alert-storage.ts"
import { didYouMean, nearest } from "../util/nearest.ts"
import { isFunctionKey, keyOf } from "./checks/measure.ts"
import type { SeriesSource } from "./checks/sources.ts"
import { asRule } from "./default-rules.ts"
import { isPattern } from "./name-pattern.ts"
import { type FilledRule, parseRule, savingRule } from "./parse-rule.ts"

/** Rules of organisations: their own, and those of the host that they have not replaced. */
export interface Rules {
  /** `FN_006` where the rule is not valid; with an id, takes the place of that rule. */
  save(organisation: string, given: AlertRuleInput, id?: string): Promise<AlertRule>
  list(organisation: string): Promise<readonly AlertRule[]>
  /** Null where there is none. */
  find(organisation: string, id: string): Promise<AlertRule | null>
  /** `FN_001` where there is none. */
  get(organisation: string, id: string): Promise<AlertRule>
  remove(organisation: string, id: string): Promise<void>
  /** A rule or silence for a function that is not there would never be heard of: `FN_006`. A pattern may be of functions to come. */
  checkFunction(organisation: string, name: string, doing: string): Promise<void>
}

const maxRules = 500

/** Creates them. */
export function createRules(options: {
  readonly store: Pick<AlertStore, "saveRule" | "findRule" | "listRules" | "removeRule">
  readonly defaults: ReadonlyMap<string, FilledRule>
  readonly channels: readonly string[]
  readonly source: Pick<SeriesSource, "list">
  /** Gives the function's name. `FN_001` where there is none. */
  readonly findFunction: (organisation: string, name: string) => Promise<string>
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}): Rules {
  const { store, defaults, channels, source, findFunction, now, newId } = options

  async function find(organisation: string, id: string): Promise<AlertRule | null> {
    const own = await store.findRule(organisation, id)
    const ofHost = defaults.get(id)
    return own ?? (ofHost ? asRule(organisation, id, ofHost) : null)
  }

  async function get(organisation: string, id: string): Promise<AlertRule> {
    const rule = await find(organisation, id)
    if (!rule) throw notFound("alert rule", id)
    return rule
  }

  async function list(organisation: string): Promise<readonly AlertRule[]> {
    const own = await store.listRules(organisation)
    const replaced = new Set(own.map(({ id }) => id))
    const others = [...defaults].filter(([id]) => !replaced.has(id))
    return [...others.map(([id, rule]) => asRule(organisation, id, rule)), ...own]
  }

  async function checkFunction(organisation: string, name: string, doing: string): Promise<void> {
    if (isPattern(name)) return
    let found: string
    try {
      found = await findFunction(organisation, name)
    } catch (error) {
      if (!(error instanceof FunctionsError) || error.code !== "FN_001") throw error
      throw invalid(doing, [{ path: "function", message: error.message }])
    }
    if (found !== name) throw invalid(doing, [{ path: "function", message: `must be the name, which is "${found}"` }])
  }

  /** A rule about what nobody measures would never be heard of. */
  async function checkMetric(organisation: string, { condition }: FilledRule): Promise<void> {
    if (condition.type === "call" || !("metric" in condition) || condition.metric === undefined) return
    const { metric } = condition
    const key = keyOf(metric)
    if (isFunctionKey(key) || (await source.list(organisation, key)).length > 0) return
    const known = `measures of functions are ${functionMetrics.join(", ")}`
    const meant = didYouMean(nearest(metric, functionMetrics))
    const message = `nothing was recorded under "${metric}" here${meant}; ${known}`
    throw invalid(savingRule, [{ path: "condition.metric", message }])
  }

  return {
    async save(organisation, given, id) {
      const rule = parseRule(given, channels)
      const present = id === undefined ? null : await get(organisation, id)
      const at = now()
      if (rule.function !== null) await checkFunction(organisation, rule.function, savingRule)
      await checkMetric(organisation, rule)
      if (!present && (await store.listRules(organisation)).length >= maxRules) {
        throw invalid(savingRule, [{ path: "", message: `an organisation has at most ${maxRules} rules` }])
      }
      const createdAt = present?.isDefault === false ? present.createdAt : at
      const saved = { ...rule, organisation, id: present?.id ?? newId(at), isDefault: false, createdAt, updatedAt: at }
      if (!(await store.saveRule(saved))) {
        throw invalid(savingRule, [{ path: "name", message: `"${rule.name}" is taken` }])
      }
      return saved
    },
    list,
    find,
    get,
    async remove(organisation, id) {
      if (await store.removeRule(organisation, id)) return
      if (!defaults.has(id)) throw notFound("alert rule", id)
      throw new FunctionsError(
        "FN_006",
        `Cannot remove alert rule "${id}": it is one of the host's; put one with "enabled": false in its place.`,
      )
    },
    checkFunction,
  }
}
