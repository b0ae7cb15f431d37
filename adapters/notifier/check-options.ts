import { checkEgressRules, egressRuleNames } from "../../src/model/check-egress-rules.ts"
import { checkKeys } from "../../src/model/check-keys.ts"
import type { EgressRules } from "../../src/model/egress.ts"
import { isRecord } from "../../src/util/is-record.ts"

/** Every key of a notifier's options, which the compiler holds to it. */
export type Known<Options> = { readonly [Key in keyof Required<Options>]: true }

/**
 * `FN_006` where a notifier's options have a key that is not known: a `secret` that is mistyped would leave all deliveries unsigned.
 * `TypeError` where they are no object, or their `egress` cannot be.
 */
export function checkOptions<Options extends object>(notifier: string, options: Options, known: Known<Options>): void {
  const doing = `use the ${notifier} notifier`
  const given: unknown = options
  if (!isRecord(given)) throw new TypeError(`Cannot ${doing}: its options must be an object.`)
  checkKeys(doing, given, Object.keys(known))
  const { egress } = given
  if (egress === undefined) return
  if (!isRecord(egress)) throw new TypeError(`Cannot ${doing}: egress must be an object.`)
  checkKeys(doing, egress, egressRuleNames, "egress.")
  checkEgressRules(egress as EgressRules)
}
