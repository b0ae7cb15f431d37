import { inspect } from "./inspect.ts"
import { indexOf, slice, symbolToString, toFloat, toInteger } from "./primordials.ts"

const maxLength = 32 * 1024

/** The arguments of a console call as one text: `%s %d %i %f %j %o %O %c %%` in the first, the rest behind it. */
export function format(values: ArrayLike<unknown>): string {
  let text = ""
  let next = 0
  if (typeof values[0] === "string") {
    text = values[0]
    next = 1
    if (values.length > 1 && indexOf(text, "%") >= 0) [text, next] = substitute(text, values)
  }
  for (; next < values.length && text.length < maxLength; next++) {
    const value = values[next]
    text += "" + (next === 0 ? "" : " ") + (typeof value === "string" ? value : inspect(value))
  }
  return text.length > maxLength ? slice(text, 0, maxLength - 1) + "…" : text
}

function substitute(template: string, values: ArrayLike<unknown>): [string, number] {
  let text = ""
  let next = 1
  let from = 0
  for (let at = indexOf(template, "%"); at >= 0 && at < template.length - 1; at = indexOf(template, "%", from)) {
    const letter = template[at + 1] as string
    const shown = letter === "%" ? "%" : next < values.length ? convert(letter, values[next]) : undefined
    if (shown !== undefined && letter !== "%") next++
    text += slice(template, from, at) + (shown ?? "%" + letter)
    from = at + 2
  }
  return [text + slice(template, from), next]
}

function convert(letter: string, value: unknown): string | undefined {
  switch (letter) {
    case "s":
      return typeof value === "string" ? value : typeof value === "bigint" ? value + "n" : inspect(value, { depth: 1 })
    case "d":
      return toNumber(value, (text) => +text)
    case "i":
      return toNumber(value, (text) => toInteger(text, 10))
    case "f":
      return toNumber(value, toFloat)
    case "j":
    case "O":
      return inspect(value)
    case "o":
      return inspect(value, { depth: 6 })
    case "c":
      return ""
    default:
      return undefined
  }
}

function toNumber(value: unknown, convertText: (text: string) => number): string {
  if (typeof value === "bigint") return value + "n"
  if (typeof value === "symbol") return "NaN"
  if (typeof value === "object" && value !== null) return "NaN"
  try {
    return String(convertText(typeof value === "symbol" ? symbolToString(value) : String(value)))
  } catch {
    return "NaN"
  }
}
