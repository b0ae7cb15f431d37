import { FunctionsError } from "../errors/functions-error.ts"
import type { Invocation } from "../model/invocation.ts"
import type { RuntimeInput, RuntimeOutput } from "../ports/runtime.ts"
import type { RawCall } from "./functions.ts"

/** Input of a direct call as JSON text; `TypeError` where it has none. */
export function toRuntimeInput(input: unknown): RuntimeInput {
  const text = JSON.stringify(input === undefined ? null : input)
  if (text === undefined) throw new TypeError(`Cannot call a function with a ${typeof input}: JSON has no such value.`)
  return { type: "json", text }
}

/**
 * Output of a direct call: the JSON value; of an HTTP response its JSON, its text, or `{ contentType, base64 }`.
 * Keys named `__proto__` are dropped, since code that merges such an object would change a prototype.
 */
function toOutput(output: RuntimeOutput): unknown {
  if (output.type === "json") return output.text === undefined ? undefined : parse(output.text)
  const contentType = output.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
  const body = Buffer.from(output.body.buffer, output.body.byteOffset, output.body.byteLength)
  if (body.length === 0) return null
  if (/^[^;]*[/+]json\b/i.test(contentType)) {
    try {
      return parse(body.toString())
    } catch {
      return body.toString()
    }
  }
  if (contentType === "" || /^text\/|charset=utf-8|urlencoded|xml|javascript/i.test(contentType)) return body.toString()
  return { contentType, base64: body.toString("base64") }
}

/** The record of a call with its output. */
export function toInvocation({ invocation, output }: RawCall): Invocation {
  const value = output && toOutput(output)
  return value === undefined ? invocation : { ...invocation, output: value }
}

/** The output, or the error that the call failed with. */
export function unwrap({ invocation, output }: RawCall): unknown {
  if (output) return toOutput(output)
  const { error, id, name } = invocation
  if (!error) return undefined
  const guest = { name: error.name, message: error.message, stack: error.stack }
  throw new FunctionsError(error.code, `Function "${name}" failed: ${error.name}: ${error.message}`, {
    guest,
    invocationId: id,
  })
}

function parse(text: string): unknown {
  // The guest may have escaped it, but never without "proto".
  return text.includes("proto") || text.includes("\\u00") ? JSON.parse(text, dropPrototype) : JSON.parse(text)
}

function dropPrototype(this: unknown, key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value
}
