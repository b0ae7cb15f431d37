import { host } from "./host.ts"
import { charCodeAt, parse, quote, slice } from "./primordials.ts"

/** A string as UTF-8. */
export function encodeUtf8(text: string): ArrayBuffer {
  return text === "" ? new ArrayBuffer(0) : (host("text.encode", quote(text)) as ArrayBuffer)
}

/** UTF-8 as a string: malformed bytes become U+FFFD, a byte order mark is passed over. */
export function decodeUtf8(bytes: ArrayBuffer): string {
  return parse(host("text.decode", utf8, bytes) as string) as string
}

/** UTF-8 as a string, with a byte order mark as what it is. */
export function decodeUtf8Exactly(bytes: ArrayBuffer): string {
  return parse(host("text.decode", utf8Exactly, bytes) as string) as string
}

/** What `decodeUtf8` would give for a string's own UTF-8: without its byte order mark. */
export function withoutByteOrderMark(text: string): string {
  return charCodeAt(text, 0) === 0xfeff ? slice(text, 1) : text
}

const utf8 = '{"label":"utf-8","fatal":false,"ignoreBOM":false}'
const utf8Exactly = '{"label":"utf-8","fatal":false,"ignoreBOM":true}'
