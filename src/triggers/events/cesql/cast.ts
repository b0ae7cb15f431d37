import type { Value } from "./expression.ts"

/** Why an expression has no value: a missing attribute, a cast, a division by 0, too many steps. */
export class NoValue extends Error {
  override readonly name = "NoValue"
}

/** The type that an operator asks for. */
export type Kind = "string" | "number" | "boolean"

/** A value as another type; throws `NoValue` where it is none of this type. */
export function cast(value: Value, kind: Kind): Value {
  if (kind === "string") return String(value)
  return kind === "number" ? toNumber(value) : toBoolean(value)
}

/** No number has so many digits that means anything. */
const maxDigits = 300

/** As a number: `"12"`, `"1.5"`, and 1 for true. */
export function toNumber(value: Value): number {
  if (typeof value !== "string") return Number(value)
  if (value.length > maxDigits || !/^[+-]?\d+(?:\.\d+)?$/.test(value)) throw new NoValue("a text is no number")
  return Number(value)
}

/** As a boolean: `"true"` and `"false"`, whatever their letters' case. */
export function toBoolean(value: Value): boolean {
  if (typeof value === "boolean") return value
  const text = typeof value === "string" && value.length <= 5 ? value.toLowerCase() : ""
  if (text !== "true" && text !== "false") throw new NoValue("a value is neither true nor false")
  return text === "true"
}
