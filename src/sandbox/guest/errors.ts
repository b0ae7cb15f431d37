import { isArray, isError, objectToString, quote, slice, symbolToString } from "./primordials.ts"

const maxMessage = 8 * 1024
const maxStack = 16 * 1024
const maxCauses = 5

/** An error as text: what may leave the sandbox of anything that was thrown. */
interface ErrorText {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** Reads anything that can be thrown, whatever its getters and proxies do. Never throws. */
export function describeError(thrown: unknown): ErrorText {
  try {
    if (!looksLikeError(thrown)) return { name: "Error", message: cut(textOfValue(thrown), maxMessage), stack: "" }
    return {
      name: cut(textOf(read(thrown, "name"), "Error"), 256),
      message: cut(textOf(read(thrown, "message"), "") + describeParts(thrown), maxMessage),
      stack: cut(describeStack(thrown), maxStack),
    }
  } catch {
    return { name: "Error", message: "An error that cannot be read", stack: "" }
  }
}

/** `Name: message`, as an uncaught error is shown. */
export function headline(error: ErrorText): string {
  if (error.message === "") return error.name
  return error.name === "" ? error.message : error.name + ": " + error.message
}

/** An error as JSON text, with the kind of failure where the host has to know it. */
export function errorToJson(error: ErrorText, kind?: "input" | "output"): string {
  const shown = '{"name":' + quote(error.name) + ',"message":' + quote(error.message) + ',"stack":' + quote(error.stack)
  return kind === undefined ? shown + "}" : shown + ',"kind":"' + kind + '"}'
}

/** Which sort of value this is, for messages: `a function`, `undefined`, `an array`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null"
  if (value === undefined) return "undefined"
  if (typeof value === "bigint") return "a BigInt"
  if (typeof value === "object") return isArray(value) ? "an array" : "an object"
  return "a " + typeof value
}

function looksLikeError(value: unknown): value is object {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false
  return isError(value) || typeof read(value, "message") === "string"
}

function describeParts(error: object): string {
  const errors = read(error, "errors")
  if (!isError(error) || !isArray(errors)) return ""
  let shown = ""
  for (let index = 0; index < errors.length && index < maxCauses; index++) {
    shown += "\n  " + headlineOf(errors[index])
  }
  return errors.length > maxCauses ? shown + "\n  and " + (errors.length - maxCauses) + " more" : shown
}

function describeStack(error: object): string {
  let shown = textOf(read(error, "stack"), "")
  let cause = isError(error) ? read(error, "cause") : undefined
  for (let depth = 0; depth < maxCauses && cause !== undefined; depth++) {
    const known = looksLikeError(cause)
    // Code that sets its own stacks may leave out the break.
    if (shown !== "" && shown[shown.length - 1] !== "\n") shown += "\n"
    shown += "Caused by: " + headlineOf(cause) + "\n" + (known ? textOf(read(cause as object, "stack"), "") : "")
    cause = known ? read(cause as object, "cause") : undefined
  }
  return shown
}

function headlineOf(value: unknown): string {
  if (!looksLikeError(value)) return cut(textOfValue(value), 1024)
  const name = cut(textOf(read(value, "name"), "Error"), 256)
  return headline({ name, message: cut(textOf(read(value, "message"), ""), 1024), stack: "" })
}

function read(from: object, key: string): unknown {
  try {
    return (from as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function textOf(value: unknown, otherwise: string): string {
  if (typeof value === "string") return value
  return value === undefined ? otherwise : textOfValue(value)
}

function textOfValue(value: unknown): string {
  if (typeof value === "symbol") return symbolToString(value)
  try {
    return String(value)
  } catch {
    return objectText(value)
  }
}

function objectText(value: unknown): string {
  try {
    return objectToString(value)
  } catch {
    return "A value that cannot be read"
  }
}

function cut(text: string, length: number): string {
  return text.length > length ? slice(text, 0, length - 1) + "…" : text
}
