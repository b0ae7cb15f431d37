import stableStringify from "fast-json-stable-stringify"

/** The operators of `where`. */
export const operators = ["==", "!=", "<", "<=", ">", ">=", "in", "array-contains"] as const

/** One condition of a query. */
export interface Condition {
  /** Names of nested fields, joined by dots. */
  readonly field: string
  readonly operator: (typeof operators)[number]
  readonly value: unknown
}

/** One key of a query's order. */
export interface Ordering {
  readonly field: string
  readonly direction: "asc" | "desc"
}

type Document = Readonly<Record<string, unknown>>

/** Whether a document fulfils every condition. A missing field equals null. */
export function matches(document: Document, conditions: readonly Condition[]): boolean {
  return conditions.every(({ field, operator, value }) => compare(readField(document, field), operator, value))
}

/** The values that a document is ordered by; null where it lacks one of them, and so has no place. */
export function toOrderKey(document: Document, orderings: readonly Ordering[]): readonly unknown[] | null {
  const key = orderings.map(({ field }) => readField(document, field))
  return key.includes(undefined) ? null : key
}

/** Orders two keys of `toOrderKey`: null, booleans, numbers, texts, then anything else by its JSON text. */
export function orderKeys(one: readonly unknown[], other: readonly unknown[], orderings: readonly Ordering[]): number {
  for (const [index, { direction }] of orderings.entries()) {
    const difference = orderValues(one[index], other[index])
    if (difference !== 0) return direction === "asc" ? difference : -difference
  }
  return 0
}

function compare(found: unknown, operator: Condition["operator"], value: unknown): boolean {
  switch (operator) {
    case "==":
      return isSame(found, value)
    case "!=":
      return !isSame(found, value)
    case "in":
      return Array.isArray(value) && value.some((one) => isSame(found, one))
    case "array-contains":
      return Array.isArray(found) && found.some((one) => isSame(one, value))
  }
  if (typeof found !== typeof value || (typeof found !== "number" && typeof found !== "string")) return false
  const difference = orderValues(found, value)
  if (operator === "<") return difference < 0
  if (operator === "<=") return difference <= 0
  return operator === ">" ? difference > 0 : difference >= 0
}

function isSame(one: unknown, other: unknown): boolean {
  const [left, right] = [one ?? null, other ?? null]
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return left === right
  return stableStringify(left) === stableStringify(right)
}

function orderValues(one: unknown, other: unknown): number {
  const rank = rankOf(one) - rankOf(other)
  if (rank !== 0) return rank
  if (typeof one === "string" || typeof one === "number" || typeof one === "boolean") {
    const right = other as typeof one
    return one < right ? -1 : one > right ? 1 : 0
  }
  const [left, right] = [stableStringify(one), stableStringify(other)]
  return left < right ? -1 : left > right ? 1 : 0
}

function rankOf(value: unknown): number {
  if (value === null) return 0
  return ["boolean", "number", "string"].indexOf(typeof value) + 1 || 4
}

function readField(document: Document, field: string): unknown {
  let value: unknown = document
  for (const name of field.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Document)[name]
  }
  return value
}
