import { nestsTooDeep } from "../../util/json-text.ts"

/** What a body says, where it is JSON or a form; text of other types as it is, null for bytes that are no text. */
export type WebhookBody = unknown

/** The bytes of a body as they came, in a form that JSON can carry. */
export interface RawBody {
  readonly rawBody: string
  readonly rawBodyEncoding: "utf8" | "base64"
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The bytes as text where they are UTF-8, else in Base64: both give the same bytes back. */
export function toRawBody(bytes: Uint8Array): RawBody {
  try {
    return { rawBody: strict.decode(bytes), rawBodyEncoding: "utf8" }
  } catch {
    return { rawBody: Buffer.from(bytes).toString("base64"), rawBodyEncoding: "base64" }
  }
}

/**
 * Parses a body by its type. A form becomes an object, with a list where a field comes several times; one whose only field
 * is `payload`, as GitHub and Slack send, becomes the JSON in it. What is not what its type says stays text, and so does
 * JSON that nests deeper than anybody could write it again.
 */
export function parseBody({ rawBody, rawBodyEncoding }: RawBody, contentType: string | null): WebhookBody {
  if (rawBodyEncoding === "base64") return null
  const [type = ""] = (contentType ?? "").split(";")
  const media = type.trim().toLowerCase()
  if (media === "application/x-www-form-urlencoded") return parseForm(rawBody)
  const isJson = media === "" || media === "application/json" || media.endsWith("+json")
  const parsed = isJson ? parseJson(rawBody) : undefined
  return parsed === undefined ? rawBody : parsed
}

function parseForm(text: string): unknown {
  // Gathered in one pass: a sender may name a field for every four bytes.
  const fields = new Map<string, [string, ...string[]]>()
  for (const [name, value] of new URLSearchParams(text)) {
    const values = fields.get(name)
    if (values) values.push(value)
    else fields.set(name, [value])
  }
  const [only] = fields.get("payload") ?? []
  const payload = fields.size === 1 && only !== undefined ? parseJson(only) : undefined
  if (payload !== undefined) return payload
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}

/** Undefined where it is none. */
function parseJson(text: string): unknown {
  if (nestsTooDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
