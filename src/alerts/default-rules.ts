import type { AlertRule, AlertRuleInput } from "../model/alert.ts"
import { type FilledRule, parseRule } from "./parse-rule.ts"

/** Rules that hold for every organisation, by what their ids end with. */
export type DefaultRules = Readonly<Record<string, AlertRuleInput>>

/** The rules that hold where the host says nothing else. */
export const defaultAlertRules: DefaultRules = {
  errors: {
    name: "Many errors",
    condition: { type: "threshold", metric: "errorRate", operator: "gt", threshold: 0.05 },
  },
  "slow-calls": {
    name: "Slow calls",
    condition: { type: "threshold", metric: "durationMs", statistic: "p95", operator: "gt", threshold: 5000 },
    severity: "medium",
  },
  memory: {
    name: "Little memory left",
    condition: { type: "call", metric: "memoryShare", operator: "gt", threshold: 0.9, times: 3 },
    severity: "medium",
  },
  timeouts: {
    name: "Timeouts",
    condition: { type: "failure", codes: ["FN_002"], times: 3 },
  },
  "failed-deployments": {
    name: "Failed deployments",
    condition: { type: "deployment" },
    severity: "medium",
  },
}

const prefix = "default-"

/** The host's rules by their ids; `TypeError` where one cannot be used. */
export function toDefaultRules(given: DefaultRules, channels: readonly string[]): ReadonlyMap<string, FilledRule> {
  return new Map(
    Object.entries(given).map(([key, rule]) => {
      if (!/^[a-z0-9-]{1,40}$/.test(key)) {
        throw new TypeError(`Cannot use alerts.defaultRules "${key.slice(0, 80)}": a key has a to z, 0 to 9 and "-".`)
      }
      try {
        return [`${prefix}${key}`, parseRule(rule, channels)]
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new TypeError(`Cannot use alerts.defaultRules.${key}: ${why}`, { cause })
      }
    }),
  )
}

/** One of the host's rules, as an organisation has it. */
export function asRule(organisation: string, id: string, rule: FilledRule): AlertRule {
  return { ...rule, organisation, id, isDefault: true, createdAt: 0, updatedAt: 0 }
}
