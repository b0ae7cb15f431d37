import { cast, NoValue, toBoolean, toNumber } from "./cast.ts"
import { type FunctionName, signatures, type Value } from "./expression.ts"

/** Calls a function of the language; what it looks at is counted. */
export function callFunction(name: FunctionName, given: readonly Value[], count: (steps: number) => void): Value {
  const { kinds } = signatures[name]
  const values = given.map((value, index) => {
    const kind = kinds[Math.min(index, kinds.length - 1)] ?? "any"
    return kind === "any" ? value : cast(value, kind)
  })
  for (const value of values) if (typeof value === "string") count(value.length)
  return functions[name](values)
}

type Text = readonly string[]

const functions: Readonly<Record<FunctionName, (values: readonly Value[]) => Value>> = {
  LENGTH: ([text]) => [...String(text)].length,
  CONCAT: (texts) => texts.join(""),
  CONCAT_WS: ([delimiter, ...texts]) => texts.join(String(delimiter)),
  LOWER: ([text]) => String(text).toLowerCase(),
  UPPER: ([text]) => String(text).toUpperCase(),
  TRIM: ([text]) => String(text).trim(),
  LEFT: ([text, length]) => [...String(text)].slice(0, lengthOf(length)).join(""),
  RIGHT: ([text, length]) => lastOf([...String(text)], lengthOf(length)).join(""),
  SUBSTRING: ([text, from, length]) => substring([...String(text)], Number(from), length),
  ABS: ([value]) => Math.abs(Number(value)),
  INT([value = ""]) {
    const number = toNumber(value)
    if (typeof value === "string" && value.includes(".")) throw new NoValue("a text is no whole number")
    return Math.trunc(number)
  },
  BOOL: ([value = ""]) => (typeof value === "number" ? value !== 0 : toBoolean(value)),
  STRING: ([value]) => String(value),
}

function lengthOf(length: Value | undefined): number {
  if (Number(length) < 0) throw new NoValue("a length is below 0")
  return Number(length)
}

function lastOf(characters: Text, length: number): Text {
  return characters.slice(Math.max(0, characters.length - length))
}

/** Counts from 1, or from the end where it is below 0; at 0 there is nothing. */
function substring(characters: Text, from: number, length: Value | undefined): string {
  if (Math.abs(from) > characters.length) throw new NoValue("a place is outside of its text")
  const most = length === undefined ? characters.length : lengthOf(length)
  if (from === 0) return ""
  const start = from > 0 ? from - 1 : characters.length + from
  return characters.slice(start, start + most).join("")
}
