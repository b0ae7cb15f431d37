/** What a function answered, as it came: JSON text, or an HTTP response. */
type Output =
  | { readonly type: "json"; readonly text?: string | undefined }
  | {
      readonly type: "response"
      readonly headers: readonly (readonly [string, string])[]
      readonly body: Uint8Array
    }

/**
 * The value of an output: the JSON value; of an HTTP response its JSON, its text, or `{ contentType, base64 }`.
 * Keys named `__proto__` are dropped, since code that merges such an object would change a prototype.
 */
export function decodeOutput(output: Output): unknown {
  if (output.type === "json") return output.text === undefined ? undefined : parse(output.text)
  const contentType = output.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
  const body = Buffer.from(output.body.buffer, output.body.byteOffset, output.body.byteLength)
  if (body.length === 0) return null
  if (/^[^;]*[/+]json\s*(?:;|$)/i.test(contentType)) {
    try {
      return parse(body.toString())
    } catch {
      return body.toString()
    }
  }
  if (contentType === "" || /^text\/|charset=utf-8|urlencoded|xml|javascript/i.test(contentType)) return body.toString()
  return { contentType, base64: body.toString("base64") }
}

/** Whether JSON text has a key that decoding drops. */
export function namesPrototype(text: string): boolean {
  let found = false
  if (mayNamePrototype(text)) {
    JSON.parse(text, (key) => {
      found ||= key === "__proto__"
    })
  }
  return found
}

function parse(text: string): unknown {
  return mayNamePrototype(text) ? JSON.parse(text, dropPrototype) : JSON.parse(text)
}

/** The guest may have escaped the key, but never without one of these. */
function mayNamePrototype(text: string): boolean {
  return text.includes("proto") || text.includes("\\u00")
}

function dropPrototype(this: unknown, key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value
}
