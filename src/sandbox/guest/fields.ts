import { inspect } from "./inspect.ts"
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  is,
  isArray,
  keys,
  min,
  objectPrototype,
  quote,
  slice,
} from "./primordials.ts"

const maxFields = 32
const maxDepth = 4
const maxKeyLength = 128
const maxTextLength = 1024

/** What has been written so far, as the inside of a JSON object. */
interface Written {
  text: string
  count: number
}

/**
 * The fields of a line as the text of a flat JSON object: what the plain objects among its values hold, `{ user: { id: 7 } }`
 * as `{"user.id":7}`. Undefined where there are none. Reads data properties only, as `inspect` does.
 */
export function toFields(values: ArrayLike<unknown>): string | undefined {
  let written: Written | undefined
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (typeof value !== "object" || value === null) continue
    try {
      if (!isPlain(value)) continue
      written ??= { text: "", count: 0 }
      writeMembers(value, "", 1, written)
    } catch {
      // What a proxy throws is passed over.
    }
  }
  return written === undefined || written.count === 0 ? undefined : "{" + written.text + "}"
}

function isPlain(value: object): boolean {
  if (isArray(value)) return false
  const prototype = getPrototypeOf(value)
  return prototype === objectPrototype || prototype === null
}

function writeMembers(value: object, path: string, depth: number, written: Written): void {
  // An array may be long, and no more of it is wanted than there may be fields.
  const names = isArray(value) ? undefined : keys(value)
  const length = names === undefined ? min((value as unknown[]).length, maxFields) : names.length
  for (let index = 0; index < length && written.count < maxFields; index++) {
    const name = names === undefined ? "" + index : (names[index] as string)
    const property = getOwnPropertyDescriptor(value, name)
    if (property === undefined || !("value" in property)) continue
    writeMember(property.value, path === "" ? name : path + "." + name, depth, written)
  }
}

function writeMember(value: unknown, path: string, depth: number, written: Written): void {
  if (path.length > maxKeyLength || typeof value === "function" || value === undefined) return
  if (typeof value === "object" && value !== null && depth < maxDepth && (isArray(value) || isPlain(value))) {
    writeMembers(value, path, depth + 1, written)
    return
  }
  written.text += (written.count++ === 0 ? "" : ",") + quote(path) + ":" + toScalar(value)
}

function toScalar(value: unknown): string {
  if (typeof value === "boolean" || value === null) return "" + value
  if (typeof value === "number" && is(value - value, 0)) return "" + value
  if (typeof value === "bigint") return quote("" + value)
  const text = typeof value === "string" ? value : inspect(value, { depth: 1, length: maxTextLength })
  return quote(text.length > maxTextLength ? slice(text, 0, maxTextLength - 1) + "…" : text)
}
