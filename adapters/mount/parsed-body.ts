/** The bytes of a body that something before the mount has read. */
export interface ParsedBody {
  readonly bytes: Uint8Array
  /** Whether they were written anew, and may be others than were sent. */
  readonly isRebuilt: boolean
}

/** Gives a body's bytes: those that the host has kept, or what it was parsed into, written as its type says; undefined where it has neither. */
export function toBytes(parsed: unknown, raw: unknown, contentType: string | null): ParsedBody | undefined {
  const kept = [raw, parsed].find((body) => typeof body === "string" || body instanceof Uint8Array)
  if (kept instanceof Uint8Array) return { bytes: kept, isRebuilt: false }
  if (kept !== undefined) return { bytes: Buffer.from(kept), isRebuilt: false }
  if (parsed === undefined) return undefined
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentType ?? "")
  const text = isForm ? new URLSearchParams(toFields(parsed, "")).toString() : JSON.stringify(parsed)
  return { bytes: Buffer.from(text), isRebuilt: true }
}

/** A form's fields, with brackets for those within others, as parsers of forms read them. What a list has of these is numbered. */
function toFields(value: unknown, name: string): [name: string, value: string][] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => toFields(item, typeof item === "object" ? `${name}[${index}]` : name))
  }
  if (typeof value !== "object" || value === null) return [[name, String(value)]]
  return Object.entries(value).flatMap(([key, item]) => toFields(item, name === "" ? key : `${name}[${key}]`))
}
