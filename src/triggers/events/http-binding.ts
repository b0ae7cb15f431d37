import { type ErrorIssue, FunctionsError } from "../../errors/functions-error.ts"
import { type CloudEvent, cloudEventSchema } from "../../model/event.ts"
import { isAttributeName } from "../../model/event-attributes.ts"
import { maxNesting, nestsTooDeep } from "../../util/json-text.ts"
import { kindOfData, modeOf } from "./content-type.ts"
import { fromHeaderValue, toHeaderValue } from "./header-value.ts"

/** A message of HTTP, as much of it as carries events. */
export interface EventMessage {
  readonly headers: Headers
  readonly body: Uint8Array
}

/**
 * Reads the events of a request or response of HTTP, whether structured, batched or binary. Non-JSON data is text, or
 * bytes as `data_base64`. `FN_006` where one of them is no CloudEvent 1.0: then none of the batch counts.
 */
export function readCloudEvents({ headers, body }: EventMessage): readonly CloudEvent[] {
  const mode = modeOf(headers.get("content-type"))
  if (mode === "foreign") throw invalid([{ path: "content-type", message: "must be a format in JSON and UTF-8" }])
  if (mode === "binary") return [check(readBinary(headers, body))]
  const value = readJson(body, "body")
  if (mode === "structured") return [check(value)]
  if (!Array.isArray(value)) throw invalid([{ path: "body", message: "must be an array of events" }])
  return value.map((event, index) => check(event, `${index}.`))
}

/** Checks a value that should be a whole event; `FN_006` where it is none. */
function check(value: unknown, prefix = ""): CloudEvent {
  const parsed = cloudEventSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(
    parsed.error.issues.map(({ path, message }) => ({
      path: `${prefix}${path.join(".")}`.replace(/\.$/, ""),
      message,
    })),
  )
}

function readBinary(headers: Headers, body: Uint8Array): Record<string, unknown> {
  const event: Record<string, unknown> = {}
  for (const [header, value] of headers) {
    if (!header.startsWith("ce-")) continue
    const name = header.slice(3)
    if (name === "datacontenttype") throw invalid([{ path: header, message: "must be given as content-type" }])
    if (!isAttributeName(name)) throw invalid([{ path: header, message: "must be named by small letters and digits" }])
    event[name] = fromHeaderValue(value)
    if (event[name] === null) throw invalid([{ path: header, message: "must be UTF-8 where it is escaped" }])
  }
  const contentType = headers.get("content-type")
  if (contentType !== null) event.datacontenttype = contentType
  return body.byteLength === 0 ? event : { ...event, ...readData(contentType, body) }
}

/** What is not said to be text is not taken for text: bytes can be given on as they are. */
function readData(contentType: string | null, body: Uint8Array): Pick<CloudEvent, "data" | "data_base64"> {
  const kind = contentType === null ? "bytes" : kindOfData(contentType)
  if (kind === "json") return { data: readJson(body, "data") }
  const text = kind === "text" ? toText(body) : null
  return text === null ? { data_base64: Buffer.from(body).toString("base64") } : { data: text }
}

function readJson(body: Uint8Array, path: string): unknown {
  const text = toText(body)
  if (text === null) throw invalid([{ path, message: "must be UTF-8 text" }])
  if (nestsTooDeep(text)) throw invalid([{ path, message: `must be nested at most ${maxNesting} levels deep` }])
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid([{ path, message: `must be JSON: ${error instanceof Error ? error.message : "it is none"}` }])
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true })

function toText(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

function invalid(issues: readonly ErrorIssue[]): FunctionsError {
  const [first] = issues
  return new FunctionsError("FN_006", `Cannot read the event: ${first?.path || "it"} ${first?.message}.`, { issues })
}

/** Writes one event with its attributes as headers and its data as the body. */
export function toBinaryMessage({ data, data_base64, datacontenttype, ...attributes }: CloudEvent): EventMessage {
  const headers = new Headers()
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) headers.set(`ce-${name}`, toHeaderValue(String(value)))
  }
  if (datacontenttype !== undefined) headers.set("content-type", datacontenttype)
  if (data_base64 !== undefined) return { headers, body: Buffer.from(data_base64, "base64") }
  if (data === undefined) return { headers, body: new Uint8Array(0) }
  // Data of no declared type is JSON, and those who read headers must be told.
  if (datacontenttype === undefined) headers.set("content-type", "application/json")
  const isText = typeof data === "string" && datacontenttype !== undefined && kindOfData(datacontenttype) !== "json"
  return { headers, body: Buffer.from(isText ? data : JSON.stringify(data)) }
}

/** Writes one event as JSON, data and all. */
export function toStructuredMessage(event: CloudEvent): EventMessage {
  return toJsonMessage("application/cloudevents+json", event)
}

/** Writes any number of events as one JSON array. */
export function toBatchMessage(events: readonly CloudEvent[]): EventMessage {
  return toJsonMessage("application/cloudevents-batch+json", events)
}

function toJsonMessage(type: string, value: unknown): EventMessage {
  return {
    headers: new Headers({ "content-type": `${type}; charset=utf-8` }),
    body: Buffer.from(JSON.stringify(value)),
  }
}
