import { randomBytes } from "node:crypto"
import { decodeBase64 } from "./host-base64.ts"
import { readDataBytes, readDataType } from "./host-data-url.ts"
import { decodeText, nameEncoding } from "./host-decoder.ts"
import { isUrlPart, parseUrl, setUrlPart, type UrlFields } from "./host-url.ts"
import { answerIntl } from "./intl-operations.ts"
import { performNow } from "./subtle-now.ts"
import { supportsSubtle } from "./subtle-operations.ts"

const maxRandomBytes = 65_536

/** What the guest gets for a synchronous operation: JSON text, bytes, or nothing. */
export type TextAnswer = string | Uint8Array | undefined

/**
 * Answers the guest's operations over text: `url.*`, `text.*`, `base64.*`, `data.*`, and for random bytes. What a guest sends is hostile: input of a
 * wrong shape gets `undefined`, as invalid input does. Nothing here keeps state or holds on to `bytes`.
 */
export function answerTextOp(operation: string, text: string | undefined, bytes: Uint8Array | undefined): TextAnswer {
  const answer = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  return answer?.(readJson(text), bytes ?? noBytes)
}

type Answer = (input: unknown, bytes: Uint8Array) => TextAnswer

const operations: Readonly<Record<string, Answer>> = {
  "url.parse": (input) => {
    const [url, base] = readTexts(input, 2)
    return url === undefined ? undefined : describe(parseUrl(url, base))
  },
  "url.set": (input) => {
    const [href, part, value] = readTexts(input, 3)
    if (href === undefined || part === undefined || value === undefined || !isUrlPart(part)) return undefined
    return describe(setUrlPart(href, part, value))
  },
  "text.encode": (input) => (typeof input === "string" ? encoder.encode(input) : undefined),
  "text.decode": (input, bytes) => {
    const { label, fatal, ignoreBOM, stream } = readRecord(input)
    if (typeof label !== "string") return undefined
    const flags = { fatal: fatal === true, ignoreBOM: ignoreBOM === true, stream: stream === true }
    const text = decodeText(label, bytes, flags)
    return text === undefined ? undefined : JSON.stringify(text)
  },
  "text.label": (input) => {
    const name = typeof input === "string" ? nameEncoding(input) : undefined
    return name === undefined ? undefined : JSON.stringify(name)
  },
  random: (input) => randomBytes(Math.min(maxRandomBytes, Math.max(0, Number(input) || 0))),
  intl: (input) => answerIntl(input),
  "subtle.now": performNow,
  "subtle.supports": (input, bytes) => JSON.stringify(supportsSubtle(input, bytes)),
  "base64.encode": (input) => {
    if (typeof input !== "string" || notLatin1.test(input)) return undefined
    return JSON.stringify(Buffer.from(input, "latin1").toString("base64"))
  },
  "base64.decode": (input) => {
    const bytes = typeof input === "string" ? decodeBase64(input) : undefined
    return bytes === undefined ? undefined : JSON.stringify(bytes.toString("latin1"))
  },
  "data.type": (input) => {
    const type = typeof input === "string" ? readDataType(input) : undefined
    return type === undefined ? undefined : JSON.stringify(type)
  },
  "data.bytes": (input) => (typeof input === "string" ? readDataBytes(input) : undefined),
}

const encoder = new TextEncoder()
const noBytes = new Uint8Array(0)
const notLatin1 = /[^\0-\xff]/

function describe(url: UrlFields | undefined): string | undefined {
  return url === undefined ? undefined : JSON.stringify(url)
}

function readJson(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readRecord(input: unknown): Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {}
}

function readTexts(input: unknown, count: number): readonly (string | undefined)[] {
  if (!Array.isArray(input) || input.length !== count) return []
  return input.map((part) => (typeof part === "string" ? part : undefined))
}
