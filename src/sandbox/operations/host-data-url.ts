import { MIMEType } from "node:util"
import { decodeBase64 } from "./host-base64.ts"

/** The content type of a `data:` URL; undefined where the URL holds no content. */
export function readDataType(url: string): string | undefined {
  const content = splitDataUrl(url)
  if (content === undefined) return undefined
  const given = content.type.startsWith(";") ? `text/plain${content.type}` : content.type
  try {
    return String(new MIMEType(given))
  } catch {
    return "text/plain;charset=US-ASCII"
  }
}

/** The content of a `data:` URL; undefined where it holds none. */
export function readDataBytes(url: string): Uint8Array | undefined {
  const content = splitDataUrl(url)
  if (content === undefined) return undefined
  const bytes = percentDecode(content.text)
  return content.isBase64 ? decodeBase64(bytes.toString("latin1")) : bytes
}

function splitDataUrl(
  url: string,
): { readonly type: string; readonly isBase64: boolean; readonly text: string } | undefined {
  const fragment = url.indexOf("#")
  const whole = fragment < 0 ? url : url.slice(0, fragment)
  const comma = whole.indexOf(",")
  if (!whole.startsWith("data:") || comma < 0) return undefined
  const type = whole.slice("data:".length, comma).trim()
  const marker = /; *base64$/i.exec(type)
  return { type: marker ? type.slice(0, marker.index) : type, isBase64: marker !== null, text: whole.slice(comma + 1) }
}

function percentDecode(text: string): Buffer {
  const bytes = Buffer.from(text)
  let length = 0
  for (let index = 0; index < bytes.length; index++) {
    const value = bytes[index] === 0x25 ? Number.parseInt(readHex(bytes, index + 1), 16) : Number.NaN
    if (Number.isNaN(value)) bytes[length++] = bytes[index] as number
    else {
      bytes[length++] = value
      index += 2
    }
  }
  return bytes.subarray(0, length)
}

/** Two hexadecimal digits, or nothing. */
function readHex(bytes: Buffer, at: number): string {
  const digits = bytes.toString("latin1", at, at + 2)
  return /^[0-9a-f]{2}$/i.test(digits) ? digits : ""
}
