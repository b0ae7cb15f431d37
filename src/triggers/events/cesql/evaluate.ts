import { cast, type Kind, NoValue, toBoolean, toNumber } from "./cast.ts"
import type { ArithmeticOperator, ComparisonOperator, Expression, Value } from "./expression.ts"
import { callFunction } from "./functions.ts"
import { isLike } from "./like.ts"

/** What an expression may look at in all, in characters and operations: some milliseconds. */
const maxSteps = 1_000_000

/** Finds an attribute, or a part of the data; undefined where there is none. */
export type ReadPath = (path: readonly string[]) => unknown

/** The value of an expression. Throws `NoValue` at the first error, as CESQL's fail-fast mode does. */
export function evaluate(expression: Expression, read: ReadPath): Value {
  let steps = 0
  const count = (more: number): void => {
    steps += more
    if (steps > maxSteps) throw new NoValue("it would take too long")
  }

  function resolve(node: Expression): Value {
    count(1)
    switch (node.kind) {
      case "literal":
        return node.value
      case "attribute":
        return attributeOf(read(node.path))
      case "exists":
        return (read(node.path) ?? null) !== null
      case "not":
        return !toBoolean(resolve(node.operand))
      case "negative":
        return -toNumber(resolve(node.operand))
      case "like":
        return isLike(String(resolve(node.operand)), node.pattern, count) !== node.isNot
      case "in":
        return isAmong(resolve(node.operand), node.set) !== node.isNot
      case "call":
        return callFunction(node.name, node.parameters.map(resolve), count)
      case "binary":
        return operate(node)
    }
  }

  function operate({ operator, left, right }: Expression & { readonly kind: "binary" }): Value {
    if (operator === "AND") return toBoolean(resolve(left)) && toBoolean(resolve(right))
    if (operator === "OR") return toBoolean(resolve(left)) || toBoolean(resolve(right))
    const [one, other] = [resolve(left), resolve(right)]
    if (operator === "XOR") return toBoolean(one) !== toBoolean(other)
    if (isComparison(operator)) return compare(operator, one, other, count)
    return calculate(operator, toNumber(one), toNumber(other))
  }

  /** The elements become of the type of what is looked for. */
  function isAmong(value: Value, set: readonly Expression[]): boolean {
    return set.some((element) => {
      count(typeof value === "string" ? value.length : 1)
      return cast(resolve(element), typeof value as Kind) === value
    })
  }

  return resolve(expression)
}

function attributeOf(found: unknown): Value {
  if (typeof found === "string" || typeof found === "number" || typeof found === "boolean") return found
  throw new NoValue("an attribute is missing, or has parts of its own")
}

function isComparison(operator: ComparisonOperator | ArithmeticOperator): operator is ComparisonOperator {
  return operator === "=" || operator === "!=" || /^[<>]/.test(operator)
}

function compare(operator: ComparisonOperator, one: Value, other: Value, count: (steps: number) => void): boolean {
  if (operator === "=" || operator === "!=") {
    if (typeof other === "string") count(other.length)
    return (cast(one, typeof other as Kind) === other) === (operator === "=")
  }
  const [left, right] = [toNumber(one), toNumber(other)]
  if (operator === "<") return left < right
  if (operator === "<=") return left <= right
  return operator === ">" ? left > right : left >= right
}

/** What is divided whole stays whole. */
function calculate(operator: ArithmeticOperator, one: number, other: number): number {
  const isWhole = Number.isInteger(one) && Number.isInteger(other)
  const result = {
    "+": () => one + other,
    "-": () => one - other,
    "*": () => one * other,
    "/": () => (isWhole ? Math.trunc(one / other) : one / other),
    "%": () => one % other,
  }[operator]()
  // -0 would be another text than 0.
  if (Number.isFinite(result)) return result + 0
  throw new NoValue("a result is no number")
}
