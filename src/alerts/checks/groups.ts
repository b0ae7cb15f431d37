import type { AlertRule } from "../../model/alert.ts"
import type { AlertMeasure } from "../../model/alert-condition.ts"
import type { MetricSeries } from "../../model/metrics.ts"
import { isNamed, isPattern } from "../name-pattern.ts"
import { isFunctionKey, keyOf } from "./measure.ts"

/** Series that a rule looks at together; its alerts are about them. */
export interface Group {
  /** Null for values that belong to no function. */
  readonly function: string | null
  /** The id, where each series is looked at by itself; else null. */
  readonly series: string | null
  readonly dimensions: Readonly<Record<string, string>>
  readonly members: readonly MetricSeries[]
  /** Since when values are expected: the rule and the function have been there since then. */
  readonly since: number
}

/** The function that a series is about. */
export function functionOf({ functionId, dimensions }: Pick<MetricSeries, "functionId" | "dimensions">): string | null {
  return functionId === null ? null : (dimensions.function ?? null)
}

/** Whether a series has all of these dimensions. */
export function hasDimensions(has: Readonly<Record<string, string>>, wanted: AlertMeasure["dimensions"] = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(has, name) && has[name] === value)
}

/**
 * Puts the series of a rule's key together. `functions` are those that there are, with when they were made, and are given
 * where silence counts: then a function without any series has a group too, and one that is gone has none.
 */
export function toGroups(
  { function: wanted, createdAt }: Pick<AlertRule, "function" | "createdAt">,
  { metric, dimensions = {}, perSeries = false }: AlertMeasure,
  all: readonly MetricSeries[],
  functions: ReadonlyMap<string, number> | null,
): readonly Group[] {
  const groups = new Map<string, { readonly group: Group; readonly members: MetricSeries[] }>()
  const add = (name: string | null, one: MetricSeries | null) => {
    const series = perSeries && one ? one.id : null
    const key = series ?? `function:${name ?? ""}`
    const members = groups.get(key)?.members ?? []
    if (one) members.push(one)
    const shown = perSeries && one ? one.dimensions : dimensions
    const since = Math.max(createdAt, (name !== null && functions?.get(name)) || 0)
    groups.set(key, { members, group: { function: name, series, dimensions: shown, members, since } })
  }
  for (const one of all) {
    const name = functionOf(one)
    if (!isNamed(wanted, name) || !hasDimensions(one.dimensions, dimensions)) continue
    if (name !== null && functions?.has(name) === false) continue
    add(name, one)
  }
  if (functions && !perSeries) for (const name of silent(metric, wanted, functions, groups.size)) add(name, null)
  return [...groups.values()].map(({ group }) => group)
}

/** Whose values are expected, whether there ever were any or not. */
function silent(
  metric: string,
  wanted: string | null,
  functions: ReadonlyMap<string, number>,
  found: number,
): readonly (string | null)[] {
  if (isFunctionKey(keyOf(metric))) return [...functions.keys()].filter((name) => isNamed(wanted, name))
  if (wanted !== null && !isPattern(wanted)) return functions.has(wanted) ? [wanted] : []
  return wanted === null && found === 0 ? [null] : []
}
