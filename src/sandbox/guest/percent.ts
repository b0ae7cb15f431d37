import { arrayJoin, decodeComponent, encodeComponent, indexOf, regExpExec, split, toInteger } from "./primordials.ts"
import { decodeUtf8Exactly, encodeUtf8 } from "./text.ts"

/** A text as a name or value of `application/x-www-form-urlencoded`. The text has no lone surrogates. */
export function percentEncode(text: string): string {
  let encoded = encodeComponent(text)
  if (regExpExec(unlike, encoded) === null) return encoded
  for (let index = 0; index < differences.length; index += 2) {
    encoded = arrayJoin(split(encoded, differences[index] as string), differences[index + 1] as string)
  }
  return encoded
}

/** The text of a name or value of `application/x-www-form-urlencoded`; what is malformed stays or becomes U+FFFD. */
export function percentDecode(text: string): string {
  const spaced = indexOf(text, "+") < 0 ? text : arrayJoin(split(text, "+"), " ")
  if (indexOf(spaced, "%") < 0) return spaced
  try {
    return decodeComponent(spaced)
  } catch {
    return decodeMalformed(spaced)
  }
}

const unlike = /[!'()~]|%20/
const differences = ["!", "%21", "'", "%27", "(", "%28", ")", "%29", "~", "%7E", "%20", "+"]
const twoDigits = /^[0-9a-fA-F]{2}$/
const percent = 0x25

function decodeMalformed(text: string): string {
  const bytes = new Uint8Array(encodeUtf8(text))
  let length = 0
  for (let index = 0; index < bytes.length; index++) {
    let byte = bytes[index] as number
    if (byte === percent) {
      const digits = letter(bytes[index + 1]) + letter(bytes[index + 2])
      if (regExpExec(twoDigits, digits) !== null) {
        byte = toInteger(digits, 16)
        index += 2
      }
    }
    bytes[length++] = byte
  }
  const decoded = new Uint8Array(length)
  for (let index = 0; index < length; index++) decoded[index] = bytes[index] as number
  return decodeUtf8Exactly(decoded.buffer)
}

function letter(byte: number | undefined): string {
  return byte === undefined ? "" : (ascii[byte - 0x30] ?? "")
}

// The characters from "0" to "f", by their distance from "0".
const ascii = "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdef"
