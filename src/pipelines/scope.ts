import type { Condition } from "../model/pipeline.ts"
import { referencesWithin } from "./references.ts"
import { checkSize, fromValue, type StepValue, write } from "./step-value.ts"

/** What a step can refer to. */
export interface Scope {
  readonly input: StepValue
  readonly previous: StepValue
  readonly outputs: ReadonlyMap<string, StepValue>
  /** Within a map. */
  readonly item?: unknown
  readonly index?: number
  /** What surrounds a branch, a map or a parallel. */
  readonly outer?: Scope
}

/** A reference: `$.input`, `$.previous`, `$.steps.<name>`, `$.item` or `$.index`, and the way into it. */
export const referencePattern: RegExp =
  /^\$\.(?:input|previous|item|index|steps\.[A-Za-z][A-Za-z0-9_-]{0,63})(?:\.[^.]+)*$/

/** The value of a reference; undefined where there is none. */
export function lookUp(reference: string, scope: Scope): unknown {
  const [, root = "", ...path] = reference.split(".")
  if (root === "steps") return walk(findOutput(path[0] ?? "", scope), path.slice(1))
  if (root === "item" || root === "index") return walk(findInMap(root, scope), path)
  return walk(root === "input" ? scope.input.value : scope.previous.value, path)
}

function findOutput(name: string, scope: Scope): unknown {
  for (let place: Scope | undefined = scope; place; place = place.outer) {
    const output = place.outputs.get(name)
    if (output) return output.value
  }
  return undefined
}

function findInMap(root: "item" | "index", scope: Scope): unknown {
  for (let place: Scope | undefined = scope; place; place = place.outer) {
    if (place.index !== undefined) return place[root]
  }
  return undefined
}

/** Own keys only: `constructor` leads nowhere. */
function walk(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[key]
  }
  return at
}

/** Puts values in the place of references; what is not there becomes null. */
export function fillTemplate(template: unknown, scope: Scope): unknown {
  if (typeof template === "string") {
    return template.startsWith("$.") ? (lookUp(template, scope) ?? null) : template
  }
  if (Array.isArray(template)) return template.map((part) => fillTemplate(part, scope))
  if (typeof template !== "object" || template === null) return template
  return Object.fromEntries(Object.entries(template).map(([key, part]) => [key, fillTemplate(part, scope)]))
}

/** What a step is given; `TooLarge` where that is more than a value may have. */
export function inputOf(template: unknown, scope: Scope): StepValue {
  if (template === undefined) return scope.previous
  checkSize(referredTexts(template, scope), "input")
  return fromValue(fillTemplate(template, scope))
}

/** The values that a template refers to, as JSON: each is written once, however often it is referred to. */
function* referredTexts(template: unknown, scope: Scope): Generator<string> {
  const texts = new Map<unknown, string>()
  for (const { text: reference } of referencesWithin(template)) {
    const value = lookUp(reference, scope)
    const text = texts.get(value) ?? write(value) ?? ""
    texts.set(value, text)
    yield text
  }
}

/** Whether a condition holds. Values of different types are never smaller or larger than one another. */
export function holds(condition: Condition, scope: Scope): boolean {
  if ("all" in condition) return condition.all.every((part) => holds(part, scope))
  if ("any" in condition) return condition.any.some((part) => holds(part, scope))
  if ("not" in condition) return !holds(condition.not, scope)
  const value = lookUp(condition.value, scope)
  const other = fillTemplate(condition.to, scope)
  switch (condition.is) {
    case "exists":
      return value !== undefined && value !== null
    case "==":
      return isEqual(value, other)
    case "!=":
      return !isEqual(value, other)
    case "in":
      return Array.isArray(other) && other.some((one) => isEqual(value, one))
    default:
      return compare(value, other, condition.is)
  }
}

/** Whether an event has the values that a step waits for, by path within it. */
export function matches(event: unknown, match: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(match).every(([path, wanted]) => isEqual(walk(event, path.split(".")), wanted))
}

function isEqual(one: unknown, other: unknown): boolean {
  return one === other || write(one ?? null) === write(other ?? null)
}

function compare(one: unknown, other: unknown, is: ">" | ">=" | "<" | "<="): boolean {
  if (typeof one !== typeof other || (typeof one !== "number" && typeof one !== "string")) return false
  const [left, right] = [one as number, other as number]
  if (is === ">") return left > right
  if (is === ">=") return left >= right
  return is === "<" ? left < right : left <= right
}
