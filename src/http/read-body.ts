import { maxNesting, nestsTooDeepInSlices } from "../util/json-text.ts"
import { type DirectBody, hasBody, takeBody } from "../util/lent-request.ts"
import { HttpError } from "./http-error.ts"

/** Reads a whole body; refuses more than `maxBytes` as soon as it is known (413), before the rest has arrived. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes)
  if (!hasBody(request)) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let size = 0
  await (takeBody(request) ?? toDirect(request))((chunk) => {
    size += chunk.byteLength
    chunks.push(chunk)
    return size <= maxBytes
  })
  if (size > maxBytes) throw tooLarge(maxBytes)
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)
}

function toDirect({ body }: Request): DirectBody {
  return async (take) => {
    if (!body) return
    const reader = body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      if (take(value)) continue
      // Not awaited: a source may end its cancelling only when the sender gives up.
      reader.cancel().catch(() => {})
      return
    }
  }
}

/** Reads a JSON body as text, without parsing it; empty where there is no body. 415 for other kinds, 400 for broken UTF-8. */
export async function readJsonText(request: Request, maxBytes: number): Promise<string> {
  if (!hasBody(request)) return ""
  refuseEncoding(request)
  const type = mediaTypeOf(request)
  if (type !== "" && !isJson(type)) {
    const bytes = await readBytes(request, maxBytes)
    if (bytes.byteLength === 0) return ""
    throw new HttpError(415, `Cannot read a body of type "${type.slice(0, 100)}": it must be application/json.`)
  }
  const bytes = await readBytes(request, maxBytes)
  try {
    return decoder.decode(bytes)
  } catch {
    throw new HttpError(400, "Cannot read the body as JSON: it is not UTF-8 text.")
  }
}

/** Reads and parses a JSON body; undefined where there is none. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const text = await readJsonText(request, maxBytes)
  if (text.trim() === "") return undefined
  if (await nestsTooDeepInSlices(text)) {
    throw new HttpError(400, `Cannot read the body as JSON: it is nested deeper than ${maxNesting} levels.`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw notJson(error)
  }
}

/** The refusal of text that is not JSON. */
export function notJson(error: unknown): HttpError {
  return new HttpError(400, `Cannot read the body as JSON: ${error instanceof Error ? error.message : "it is none."}`)
}

/** The media type of a request's body: lower case, without parameters; empty where none is given. */
export function mediaTypeOf(request: Request): string {
  const header = request.headers.get("content-type")
  if (header === null || header === "application/json") return header ?? ""
  return (header.split(";")[0] ?? "").trim().toLowerCase()
}

/** Refuses bodies that would have to be unpacked first, because their size says nothing of what they become. */
export function refuseEncoding(request: Request): void {
  const encoding = request.headers.get("content-encoding")
  if (encoding === null || encoding.toLowerCase() === "identity") return
  throw new HttpError(415, `Cannot read a body with content-encoding "${encoding.slice(0, 100)}": send it as it is.`)
}

const decoder = new TextDecoder("utf-8", { fatal: true })

function isJson(type: string): boolean {
  return type === "application/json" || /^application\/[a-z0-9.!#$&^_-]+\+json$/.test(type)
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `Cannot read the body: it is larger than ${maxBytes} bytes.`)
}
