import { nestsTooDeepInSlices } from "./json-text.ts"
import { parseInSlices } from "./parse-in-slices.ts"

/** What a function answered, as it came: JSON text, or an HTTP response. */
type Output =
  | { readonly type: "json"; readonly text?: string | undefined }
  | {
      readonly type: "response"
      readonly headers: readonly (readonly [string, string])[]
      readonly body: Uint8Array
    }

/** A value that was decoded. */
export interface Decoded {
  readonly value: unknown
  /** Whether nothing was dropped from it. */
  readonly isWhole: boolean
}

/** Longer texts are parsed in slices: hostile ones of this length take some milliseconds. */
const shortChars = 32_768

/**
 * The value of an output: the JSON value; of an HTTP response its JSON, its text, or `{ contentType, base64 }`. JSON of a
 * response that nests deeper than a function's own value may stays text.
 * Keys named `__proto__` are dropped, since code that merges such an object would change a prototype.
 */
export async function decodeOutput(output: Output): Promise<Decoded> {
  if (output.type === "json") return output.text === undefined ? whole(undefined) : parse(output.text)
  const contentType = output.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
  const body = Buffer.from(output.body.buffer, output.body.byteOffset, output.body.byteLength)
  if (body.length === 0) return whole(null)
  if (/^[^;]*[/+]json\s*(?:;|$)/i.test(contentType)) {
    const text = body.toString()
    return (await nestsTooDeepInSlices(text)) ? whole(text) : parse(text).catch(() => whole(text))
  }
  if (contentType === "" || /^text\/|charset=utf-8|urlencoded|xml|javascript/i.test(contentType)) {
    return whole(body.toString())
  }
  return whole({ contentType, base64: body.toString("base64") })
}

function whole(value: unknown): Decoded {
  return { value, isWhole: true }
}

async function parse(text: string): Promise<Decoded> {
  let isWhole = true
  const takes = (key: string): boolean => {
    if (key !== "__proto__") return true
    isWhole = false
    return false
  }
  const revive = (key: string, value: unknown): unknown => (takes(key) ? value : undefined)
  const parsePart = (part: string): unknown => (mayNamePrototype(part) ? JSON.parse(part, revive) : JSON.parse(part))
  const value = text.length <= shortChars ? parsePart(text) : await parseInSlices(text, { takes, parse: parsePart })
  return { value, isWhole }
}

/** The guest may have escaped the key, but never without one of these. */
function mayNamePrototype(text: string): boolean {
  return text.includes("proto") || text.includes("\\u00")
}
