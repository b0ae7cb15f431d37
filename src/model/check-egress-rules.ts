import type { EgressRules } from "./egress.ts"
import { parseEgressTarget } from "./egress-target.ts"

const counts = ["maxRequests", "maxBytesSent", "maxBytesReceived"] as const

/** Every rule there is. */
export const egressRuleNames: readonly (keyof EgressRules)[] = ["allow", "reach", "methods", ...counts]

/** `TypeError` or `RangeError` where a host's rules cannot be used. */
export function checkEgressRules(rules: EgressRules): void {
  for (const name of ["allow", "methods"] as const) {
    const list: unknown = rules[name]
    if (list === undefined || (Array.isArray(list) && list.every((entry) => typeof entry === "string"))) continue
    throw new TypeError(`Cannot use egress ${name}: it must be a list of texts.`)
  }
  for (const entry of rules.allow ?? []) {
    if (parseEgressTarget(entry)) continue
    throw new TypeError(
      `Cannot use the egress rule "${entry}": it must be a name, an address or a network, such as "*.example.com:443" or "10.1.0.0/16".`,
    )
  }
  if (rules.reach !== undefined && rules.reach !== "public" && rules.reach !== "allowed")
    throw new TypeError(`Cannot use egress reach "${rules.reach}": it must be "public" or "allowed".`)
  for (const name of counts) {
    const count = rules[name]
    if (count === undefined || count === Number.POSITIVE_INFINITY || (Number.isSafeInteger(count) && count >= 0))
      continue
    throw new RangeError(`Cannot use egress ${name} ${count}: it must be a whole number from 0, or Infinity.`)
  }
}
