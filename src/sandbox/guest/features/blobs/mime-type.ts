import { create, indexOf, keys, min, regExpExec, slice, toLowerCase } from "../../primordials.ts"

/** A MIME type: `type/subtype` and its parameters. */
export interface MimeType {
  readonly essence: string
  readonly parameters: Record<string, string>
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const quotable = /^[\t\x20-\x7e\x80-\xff]*$/

/** Reads a MIME type as the standard says; undefined for what is none. */
export function parseMimeType(input: string): MimeType | undefined {
  const text = trimStart(trimEnd(input))
  const at = indexOf(text, "/")
  const end = endOf(text, ";", at + 1)
  const type = slice(text, 0, at)
  const subtype = trimEnd(slice(text, at + 1, end))
  if (at < 0 || regExpExec(token, type) === null || regExpExec(token, subtype) === null) return undefined
  const parameters: Record<string, string> = create(null)
  readParameters(text, end, parameters)
  return { essence: toLowerCase(type + "/" + subtype), parameters }
}

/** The MIME type of a `content-type` header, which may hold several values: the last that is one counts. */
export function extractMimeType(header: string | null): MimeType | undefined {
  let found: MimeType | undefined
  let charset: string | undefined
  if (header === null) return undefined
  for (let at = 0; at <= header.length; ) {
    const end = endOfValue(header, at)
    const parsed = parseMimeType(slice(header, at, end))
    at = end + 1
    if (parsed === undefined || parsed.essence === "*/*") continue
    if (found?.essence !== parsed.essence) charset = parsed.parameters.charset
    else if (parsed.parameters.charset === undefined && charset !== undefined) parsed.parameters.charset = charset
    found = parsed
  }
  return found
}

/** A MIME type as text. */
export function writeMimeType(type: MimeType): string {
  let text = type.essence
  const names = keys(type.parameters)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    const value = type.parameters[name] as string
    text += ";" + name + "=" + (regExpExec(token, value) === null ? quote(value) : value)
  }
  return text
}

function readParameters(text: string, from: number, parameters: Record<string, string>): void {
  for (let at = from; at < text.length; ) {
    at++
    while (at < text.length && isSpace(text, at)) at++
    const nameEnd = min(endOf(text, ";", at), endOf(text, "=", at))
    const name = toLowerCase(slice(text, at, nameEnd))
    at = nameEnd
    if (text[at] !== "=") continue
    at++
    let value = ""
    if (text[at] === '"') {
      const quoted = readQuoted(text, at)
      value = quoted.value
      at = endOf(text, ";", quoted.end)
    } else {
      const end = endOf(text, ";", at)
      value = trimEnd(slice(text, at, end))
      at = end
      if (value === "") continue
    }
    if (regExpExec(token, name) === null || regExpExec(quotable, value) === null || name in parameters) continue
    parameters[name] = value
  }
}

/** A quoted string from its opening quote on; one that never closes ends with the text. */
function readQuoted(text: string, from: number): { readonly value: string; readonly end: number } {
  let value = ""
  let at = from + 1
  for (; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === "\\" && at + 1 < text.length) at++
    value += text[at]
  }
  return { value, end: min(at + 1, text.length) }
}

function quote(value: string): string {
  let text = '"'
  for (let index = 0; index < value.length; index++) {
    const character = value[index] as string
    text += character === '"' || character === "\\" ? "\\" + character : character
  }
  return text + '"'
}

/** Where a value of a header ends: at a comma outside of quotes. */
function endOfValue(header: string, from: number): number {
  let at = from
  while (at < header.length && header[at] !== ",") at = header[at] === '"' ? readQuoted(header, at).end : at + 1
  return at
}

function endOf(text: string, mark: string, from: number): number {
  const at = indexOf(text, mark, from)
  return at < 0 ? text.length : at
}

function trimStart(text: string): string {
  let at = 0
  while (at < text.length && isSpace(text, at)) at++
  return slice(text, at)
}

function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text, end - 1)) end--
  return slice(text, 0, end)
}

function isSpace(text: string, at: number): boolean {
  return indexOf("\t\n\r ", text[at] as string) >= 0
}
