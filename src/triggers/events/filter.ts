import type { CloudEvent } from "../../model/event.ts"
import { NoValue } from "./cesql/cast.ts"
import { evaluate } from "./cesql/evaluate.ts"
import { ExpressionError } from "./cesql/expression.ts"
import { parseExpression } from "./cesql/parse.ts"
import { readPath } from "./read-path.ts"

/** Whether an event is meant. */
export type EventMatcher = (event: CloudEvent) => boolean

/** A filter that cannot be used, and which part of it. */
export class FilterFault extends Error {
  override readonly name = "FilterFault"
  readonly path: string

  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}

const maxDepth = 20
const maxExpression = 4096

type Compare = (value: string, wanted: string) => boolean

const dialects: Readonly<Record<string, Compare>> = {
  exact: (value, wanted) => value === wanted,
  prefix: (value, wanted) => value.startsWith(wanted),
  suffix: (value, wanted) => value.endsWith(wanted),
}

/**
 * Makes a matcher of a filter: an expression of CloudEvents SQL, a filter of the dialects of the CloudEvents
 * Subscriptions API (`exact`, `prefix`, `suffix`, `all`, `any`, `not`, `sql`), a list of which all must fit, or values by
 * attribute as `exact` has them. Throws `FilterFault`.
 */
export function compileFilter(filter: unknown, path: string, depth = 0): EventMatcher {
  if (depth > maxDepth) throw new FilterFault(path, `is more than ${maxDepth} levels deep`)
  if (typeof filter === "string") return compileSql(filter, path)
  if (Array.isArray(filter)) return compileAll(filter, path, depth)
  if (typeof filter !== "object" || filter === null) throw new FilterFault(path, "must be text, an object or a list")
  const names = Object.keys(filter)
  const [name = ""] = names
  const inner = (filter as Readonly<Record<string, unknown>>)[name]
  const isDialect = (one: string) => Object.hasOwn(dialects, one) || ["all", "any", "not", "sql"].includes(one)
  if (!names.some(isDialect)) return compileValues(filter, path, dialects.exact as Compare)
  if (names.length > 1) throw new FilterFault(path, `must have one of ${names.slice(0, 5).join(", ")} alone`)
  const place = `${path}.${name}`
  if (name === "all") return compileAll(inner, place, depth)
  if (name === "any") {
    const matchers = compileEach(inner, place, depth)
    return (event) => matchers.some((matches) => matches(event))
  }
  if (name === "not") {
    const matches = compileFilter(inner, place, depth + 1)
    return (event) => !matches(event)
  }
  if (name === "sql") return compileSql(inner, place)
  return compileValues(inner, place, dialects[name] as Compare)
}

function compileEach(filters: unknown, path: string, depth: number): readonly EventMatcher[] {
  if (!Array.isArray(filters) || filters.length === 0) throw new FilterFault(path, "must be a list of filters")
  return filters.map((filter, index) => compileFilter(filter, `${path}.${index}`, depth + 1))
}

function compileAll(filters: unknown, path: string, depth: number): EventMatcher {
  const matchers = compileEach(filters, path, depth)
  return (event) => matchers.every((matches) => matches(event))
}

function compileValues(wanted: unknown, path: string, fits: Compare): EventMatcher {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted) || Object.keys(wanted).length === 0) {
    throw new FilterFault(path, "must name at least one attribute")
  }
  const matchers = Object.entries(wanted).map(([name, value]) => compileValue(name, value, `${path}.${name}`, fits))
  return (event) => matchers.every((matches) => matches(event))
}

/** A list of values means one of them. */
function compileValue(name: string, wanted: unknown, path: string, fits: Compare): EventMatcher {
  if (!/^(?:[a-z0-9]+|data(?:\.[^.]+)*)$/.test(name)) {
    throw new FilterFault(path, 'must be an attribute, or a way into the data such as "data.order.id"')
  }
  const values = (Array.isArray(wanted) ? wanted : [wanted]).map((value) => {
    if (typeof value === "number" || typeof value === "boolean") return String(value)
    if (typeof value === "string" && value !== "") return value
    throw new FilterFault(path, "must be text that is not empty, a number or a boolean")
  })
  if (values.length === 0) throw new FilterFault(path, "must have at least one value")
  const way = name.split(".")
  return (event) => {
    const found = readPath(event, way)
    if (found === undefined || found === null || typeof found === "object") return false
    return values.some((value) => fits(String(found), value))
  }
}

function compileSql(text: unknown, path: string): EventMatcher {
  if (typeof text !== "string" || text.length > maxExpression) {
    throw new FilterFault(path, `must be an expression of at most ${maxExpression} characters`)
  }
  try {
    const expression = parseExpression(text)
    return (event) => isTrue(() => evaluate(expression, (way) => readPath(event, way)))
  } catch (error) {
    if (error instanceof ExpressionError) throw new FilterFault(path, error.message)
    throw error
  }
}

/** An expression without a value, or with another than true, lets nothing pass. */
function isTrue(evaluation: () => unknown): boolean {
  try {
    return evaluation() === true
  } catch (error) {
    if (error instanceof NoValue) return false
    throw error
  }
}
