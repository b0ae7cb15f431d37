/** Whether a text may be the value of an attribute: no control characters, no noncharacters, no halves of surrogate pairs. */
export function isAttributeText(text: string): boolean {
  return !/[\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]/u.test(text)
}

/** Small letters and digits; `data` and `data_base64` are the event's data, and no attributes. */
export function isAttributeName(name: string): boolean {
  return /^[a-z0-9]{1,100}$/.test(name) && name !== "data"
}

const escaped = "%[0-9A-Fa-f]{2}"
// Characters beyond ASCII are let through: a header's value that was escaped once only has them.
const letter = "[A-Za-z0-9._~!$&'()*+,;=\\-\\u00A0-\\u{10FFFF}]"
const inPath = `(?:${letter}|[:@]|${escaped})`
const authority = `(?:(?:${letter}|:|${escaped})*@)?(?:\\[[0-9A-Fa-f:.]+\\]|(?:${letter}|${escaped})*)(?::[0-9]*)?`
const scheme = "[A-Za-z][A-Za-z0-9+.\\-]*:"
const rooted = `\\/\\/${authority}(?:\\/${inPath}*)*|\\/(?:${inPath}+(?:\\/${inPath}*)*)?`
const ending = `(?:\\?(?:${inPath}|[/?])*)?(?:#(?:${inPath}|[/?])*)?`
const withoutColon = `(?:${letter}|@|${escaped})+`
const uri = new RegExp(`^${scheme}(?:${rooted}|${inPath}+(?:\\/${inPath}*)*)?${ending}$`, "u")
const relative = new RegExp(`^(?:${rooted}|${withoutColon}(?:\\/${inPath}*)*)?${ending}$`, "u")

/** Whether a text is a URI with a scheme (RFC 3986); characters beyond ASCII are let through. */
export function isUri(text: string): boolean {
  return uri.test(text)
}

/** The same, or relative to something that the reader knows. */
export function isUriReference(text: string): boolean {
  return uri.test(text) || relative.test(text)
}

const token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
const mediaType = new RegExp(
  `^${token}\\/${token}(?:[ \\t]*;(?:[ \\t]*${token}=(?:${token}|"(?:[ !#-[\\]-~]|\\\\[ -~])*"))?)*$`,
)

/** Whether a text is a media type with its parameters (RFC 2046). */
export function isMediaType(text: string): boolean {
  return mediaType.test(text)
}

const timestamp =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Whether a text is a time of RFC 3339, of a day that exists. */
export function isTimestamp(text: string): boolean {
  const [, year, month, day] = timestamp.exec(text) ?? []
  if (day === undefined) return false
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
}

/** Whether a text is bytes in base64 (RFC 4648), with its padding. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}
