import type { Alert, AlertRule } from "../../model/alert.ts"
import type { ClosedWindow } from "../../model/metrics.ts"
import type { AlertCheck, AlertStore } from "../../ports/alert-storage.ts"
import type { WakeAfter } from "../../util/wake-after.ts"
import { isNamed } from "../name-pattern.ts"
import { type Raise, silencesOf } from "../raise.ts"
import { againMs, type RuleBook } from "../rule-book.ts"
import type { CheckRunner } from "./check-runner.ts"
import { type EvaluateOptions, evaluate, type Judged, type SeriesRule } from "./evaluate.ts"
import { functionOf } from "./groups.ts"
import { keyOf } from "./measure.ts"
import { dueAfter, lastEnd, needsValues, stepOf } from "./steps.ts"

/** Options of `createSeriesRules`. */
export interface SeriesRulesOptions extends EvaluateOptions {
  readonly store: Pick<AlertStore, "listOpenOf">
  readonly book: RuleBook
  /** What is stored now, of whichever process. */
  readonly findRule: (organisation: string, id: string) => Promise<AlertRule | null>
  readonly raise: Raise
  /** Ends an alert now. */
  readonly resolve: (alert: Alert) => Promise<unknown>
  readonly wake: CheckRunner["wake"]
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly onError: (error: unknown, context: { readonly stage: "alerts" }) => void
}

/** Rules about series. */
export interface SeriesRules {
  /** Of every minute that ends: has the rules be looked at that are about it. */
  observe(window: ClosedWindow): void
  /** Looks at one; answers when to look at it next, or null where it is to wait for values. */
  perform(check: AlertCheck): Promise<number | null>
  /** Has the minutes that have just ended be looked at by whoever goes on. */
  stop(): Promise<void>
}

/** Windows of one minute are told one after the other. */
const gatherMs = 500
/** Of one rule: what is beyond ends by itself. */
const maxOpen = 10_000

/** The minute that ended, and the series that had values in it: the functions, by key. */
interface Ended {
  endsAt: number
  readonly series: Map<string, Set<string | null>>
}

/** Whether a rule is about series. */
export function isSeriesRule(rule: AlertRule): rule is SeriesRule {
  const { type } = rule.condition
  return type === "threshold" || type === "rate" || type === "missing" || type === "forecast"
}

/** Creates them. */
export function createSeriesRules(options: SeriesRulesOptions): SeriesRules {
  const { store, book, findRule, raise, resolve, wake, now, wakeAfter, onError } = options
  const keys = new WeakMap<readonly AlertRule[], ReadonlySet<string>>()
  let ended = new Map<string, Ended>()
  let stopWaiting = () => {}
  /** What the storage could not be told of. */
  const unwoken = new Map<string, { readonly check: AlertCheck; readonly dueAt: number }>()
  let isStopped = false

  /** The keys of the series that rules are about. Thousands of windows are held against the same rules. */
  function keysOf(rules: readonly AlertRule[]): ReadonlySet<string> {
    const known = keys.get(rules)
    if (known) return known
    const found = new Set(rules.filter(isSeriesRule).map(({ condition }) => keyOf(condition.metric)))
    keys.set(rules, found)
    return found
  }

  async function wakeAll(): Promise<void> {
    const gathered = ended
    ended = new Map()
    const due = new Map<number, AlertCheck[]>()
    for (const { check, dueAt } of unwoken.values()) due.set(dueAt, [...(due.get(dueAt) ?? []), check])
    unwoken.clear()
    let isUnknown = false
    for (const [organisation, entry] of gathered) {
      const { endsAt, series } = entry
      const inForce = await book.read(organisation)
      if (!inForce) {
        isUnknown = true
        keepEnded(organisation, entry)
      }
      for (const { id, function: name, condition } of inForce?.rules.filter(isSeriesRule) ?? []) {
        const names = series.get(keyOf(condition.metric)) ?? []
        if (![...names].some((one) => isNamed(name, one))) continue
        const dueAt = dueAfter(condition, endsAt)
        const checks = due.get(dueAt) ?? []
        checks.push({ organisation, id })
        due.set(dueAt, checks)
      }
    }
    for (const [dueAt, checks] of due) {
      await wake(checks, dueAt).catch((error) => {
        onError(error, { stage: "alerts" })
        for (const check of checks) unwoken.set(`${check.organisation}/${check.id}`, { check, dueAt })
      })
    }
    if ((unwoken.size === 0 && !isUnknown) || isStopped) return
    // A function may not be called again: nothing else would have its last minutes looked at.
    stopWaiting()
    stopWaiting = wakeAfter(againMs, wakeAll)
  }

  /** Nobody knows which rules are about it: it is looked at again, with the minutes that end meanwhile. */
  function keepEnded(organisation: string, { endsAt, series }: Ended): void {
    for (const [key, names] of series) for (const name of names) addEnded(organisation, key, name, endsAt)
  }

  function addEnded(organisation: string, key: string, name: string | null, endsAt: number): void {
    const entry = ended.get(organisation) ?? { endsAt, series: new Map() }
    entry.endsAt = Math.max(entry.endsAt, endsAt)
    ended.set(organisation, entry)
    entry.series.set(key, (entry.series.get(key) ?? new Set()).add(name))
  }

  /** What was missing is over as soon as it is there; so is what has gone for good. */
  async function resolveFound({ organisation, id }: AlertRule, judged: readonly Judged[]): Promise<void> {
    const open = await store.listOpenOf(organisation, id, maxOpen)
    if (open.length === 0) return
    const keyOfGroup = ({ function: name, series }: Judged["group"]) => `${name ?? ""}/${series ?? ""}`
    const missing = new Set(judged.flatMap(({ group, occasion }) => (occasion ? [keyOfGroup(group)] : [])))
    for (const alert of open) if (!missing.has(keyOfGroup(alert))) await resolve(alert)
  }

  return {
    observe({ organisation, key, functionId, dimensions, endsAt }) {
      const known = book.peek(organisation)
      if (known && !keysOf(known.rules).has(key)) return
      if (ended.size === 0) {
        stopWaiting()
        stopWaiting = wakeAfter(gatherMs, wakeAll)
      }
      addEnded(organisation, key, functionOf({ functionId, dimensions }), endsAt)
    },

    async perform({ organisation, id }) {
      const rule = await findRule(organisation, id)
      if (!rule?.enabled || !isSeriesRule(rule)) return null
      const { condition } = rule
      const end = lastEnd(condition, now())
      const judged = await evaluate(options, rule, end)
      const inForce = await book.read(organisation)
      // Without its silences an alert would be told that nobody wants to hear: the check is done again.
      if (!inForce) throw new Error("Cannot hold a rule against its series: the silences cannot be read.")
      const { silences } = inForce
      for (const { group, occasion } of judged) {
        if (!occasion) continue
        const about = { organisation, rule, function: group.function, series: group.series }
        const own = silencesOf(silences, id, group.function)
        await raise.unlessKnown({ ...about, silences: own, count: 1, first: end, last: occasion }, stepOf(condition))
      }
      if (condition.type === "missing") await resolveFound(rule, judged)
      return needsValues(condition) ? null : dueAfter(condition, end + stepOf(condition))
    },
    async stop() {
      isStopped = true
      stopWaiting()
      await wakeAll()
    },
  }
}
