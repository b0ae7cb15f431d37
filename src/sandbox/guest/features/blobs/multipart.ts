import { copyBytes } from "../../bytes.ts"
import { host } from "../../host.ts"
import { arrayJoin, indexOf, min, parse, regExpExec, slice, split, toLowerCase } from "../../primordials.ts"
import { decodeUtf8Exactly, encodeUtf8 } from "../../text.ts"
import { blobState, join, part } from "./blob.ts"
import { createFile, fileName } from "./file.ts"
import type { Entry } from "./form-data.ts"
import { parseMimeType } from "./mime-type.ts"

/** The most that the headers of one part may take, in bytes. */
const maxPartHeaders = 16 * 1024
const validBoundary = /^[0-9A-Za-z'()+_,\-./:=? ]{1,70}$/
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const header = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[\t ]*:(.*)$/s
const disposition = /^[\t ]*form-data[\t ]*(?=;|$)/i
/** A parameter as browsers write it: in the quotes only `%22`, `%0D` and `%0A` stand for other characters. */
const parameter = /^;[\t ]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:"([^"]*)"|([^\t ;"]+))[\t ]*/

/** Writes fields as `multipart/form-data`. */
export function writeMultipart(entries: readonly Entry[]): { readonly bytes: Uint8Array; readonly boundary: string } {
  const boundary = createBoundary()
  const pieces: Uint8Array[] = []
  // Text is gathered, so that a form without files is encoded at once.
  let text = ""
  for (let index = 0; index < entries.length; index++) {
    const { 0: name, 1: value } = entries[index] as Entry
    text += "--" + boundary + '\r\nContent-Disposition: form-data; name="' + escapeQuotes(normalise(name)) + '"'
    if (typeof value === "string") {
      text += "\r\n\r\n" + normalise(value) + "\r\n"
    } else {
      const { bytes, type } = blobState(value)
      text += '; filename="' + escapeQuotes(fileName(value)) + '"\r\nContent-Type: '
      text += (type === "" ? "application/octet-stream" : type) + "\r\n\r\n"
      pieces[pieces.length] = new Uint8Array(encodeUtf8(text))
      pieces[pieces.length] = bytes
      text = "\r\n"
    }
  }
  pieces[pieces.length] = new Uint8Array(encodeUtf8(text + "--" + boundary + "--\r\n"))
  return { bytes: join(pieces), boundary }
}

/** Reads `multipart/form-data`. Throws a TypeError for what is none. */
export function parseMultipart(buffer: ArrayBuffer, boundary: string | undefined): Entry[] {
  if (boundary === undefined) refuse("the content type names no boundary")
  if (regExpExec(validBoundary, boundary) === null)
    refuse("its boundary is longer than 70 characters, or has others than a boundary can")
  const bytes = new Uint8Array(buffer)
  // One character for each byte: places in the text are places in the bytes.
  const text = parse(host("text.decode", '{"label":"latin1"}', buffer) as string) as string
  const delimiter = "--" + boundary
  const entries: Entry[] = []
  let at = 0
  while (slice(text, at, at + 2) === "\r\n") at += 2
  if (slice(text, at, at + delimiter.length) !== delimiter) refuse("it does not begin with its boundary")
  for (;;) {
    at += delimiter.length
    if (slice(text, at, at + 2) === "--") return entries
    while (text[at] === " " || text[at] === "\t") at++
    if (slice(text, at, at + 2) !== "\r\n") refuse("a boundary does not end its line")
    // The line break before the headers also ends them where there are none.
    const end = indexOf(slice(text, at, min(at + maxPartHeaders, text.length)), "\r\n\r\n")
    if (end < 0) refuse("the headers of a part do not end, or take more than " + maxPartHeaders + " bytes")
    const head = readHead(end === 0 ? "" : decodeUtf8Exactly(copyBytes(part(bytes, at + 2, at + end))))
    const from = at + end + 4
    const to = indexOf(text, "\r\n" + delimiter, from - 2)
    if (to < 0) refuse("a part does not end")
    const content = part(bytes, from, to < from ? from : to)
    if (head.filename === undefined) entries[entries.length] = [head.name, decodeUtf8Exactly(copyBytes(content))]
    else entries[entries.length] = [head.name, createFile(content, head.type, head.filename)]
    at = to + 2
  }
}

interface PartHead {
  readonly name: string
  readonly filename: string | undefined
  readonly type: string
}

function readHead(text: string): PartHead {
  let name: string | undefined
  let filename: string | undefined
  let type = "text/plain"
  const lines = split(text, "\r\n")
  for (let index = 0; index < lines.length; index++) {
    const read = regExpExec(header, lines[index] as string)
    if (read === null) refuse("a part has a line among its headers that is none")
    const key = toLowerCase(read[1] as string)
    const value = read[2] as string
    if (key === "content-disposition") {
      const parameters = readDisposition(value)
      name = parameters.name
      filename = parameters.filename
    } else if (key === "content-type") {
      type = parseMimeType(value) === undefined ? "" : toLowerCase(trim(value))
    }
  }
  if (name === undefined) refuse("a part has no name")
  return { name, filename, type }
}

function readDisposition(value: string): { readonly name: string | undefined; readonly filename: string | undefined } {
  const start = regExpExec(disposition, value)
  if (start === null) refuse('the Content-Disposition of a part is not "form-data"')
  let name: string | undefined
  let filename: string | undefined
  let rest = slice(value, start[0].length)
  while (rest !== "") {
    const read = regExpExec(parameter, rest)
    if (read === null) refuse("the Content-Disposition of a part cannot be read")
    const key = toLowerCase(read[1] as string)
    const given = read[2] === undefined ? (read[3] as string) : restoreQuotes(read[2])
    if (key === "name") name ??= given
    else if (key === "filename") filename ??= given
    rest = slice(rest, read[0].length)
  }
  return { name, filename }
}

/**
 * Random, so that no content can hold it but by chance. Where a module loads, one that is the same for all calls does as
 * well, so this is no reason to evaluate the module afresh for each of them.
 */
function createBoundary(): string {
  const bytes = new Uint8Array(host("random", "24") as ArrayBuffer)
  let boundary = "----FormBoundary"
  for (let index = 0; index < bytes.length; index++) boundary += alphabet[(bytes[index] as number) % alphabet.length]
  return boundary
}

/** All line breaks as CR LF. */
function normalise(text: string): string {
  if (indexOf(text, "\r") < 0 && indexOf(text, "\n") < 0) return text
  return replace(replace(replace(text, "\r\n", "\n"), "\r", "\n"), "\n", "\r\n")
}

function escapeQuotes(text: string): string {
  return replace(replace(replace(text, "\n", "%0A"), "\r", "%0D"), '"', "%22")
}

function restoreQuotes(text: string): string {
  if (indexOf(text, "%") < 0) return text
  return replace(replace(replace(text, "%0A", "\n"), "%0D", "\r"), "%22", '"')
}

function replace(text: string, from: string, to: string): string {
  return arrayJoin(split(text, from), to)
}

function trim(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && (text[from] === " " || text[from] === "\t")) from++
  while (to > from && (text[to - 1] === " " || text[to - 1] === "\t")) to--
  return slice(text, from, to)
}

function refuse(why: string): never {
  throw new TypeError("Cannot read the body as multipart/form-data: " + why)
}
