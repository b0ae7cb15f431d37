/** Writes an attribute's value as a header's: everything but printable ASCII without space, `"` and `%` is escaped. */
export function toHeaderValue(value: string): string {
  return value.replace(/[^\x21\x23\x24\x26-\x7e]+/g, (part) =>
    [...Buffer.from(part, "utf8")].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  )
}

/** The other way; null where what is escaped is no UTF-8. A `%` that escapes nothing stands for itself. */
export function fromHeaderValue(header: string): string | null {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(header)
  const value = quoted ? (quoted[1] ?? "").replace(/\\(.)/g, "$1") : header
  try {
    return value.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeURIComponent)
  } catch {
    return null
  }
}
