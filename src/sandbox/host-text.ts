/** What the guest gets for a synchronous operation: JSON text, bytes, or nothing. */
export type TextAnswer = string | Uint8Array | undefined

/**
 * Answers the guest's operations over text: `url.*`, `text.*`, `base64.*`. What a guest sends is hostile: input of a
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
    if (url === undefined) return undefined
    return describeUrl(base === undefined ? parseUrl(url) : parseUrl(url, base))
  },
  "url.set": (input) => {
    const [href, part, value] = readTexts(input, 3)
    const url = href === undefined ? undefined : parseUrl(href)
    if (url === undefined || part === undefined || value === undefined || !isUrlPart(part)) return undefined
    try {
      url[part] = value
    } catch {
      // Only `href` throws; the others pass over what they cannot use.
      return undefined
    }
    return describeUrl(url)
  },
  "text.encode": (input) => (typeof input === "string" ? encoder.encode(input) : undefined),
  "text.decode": (input, bytes) => {
    const { label, fatal, ignoreBOM, stream } = readRecord(input)
    if (typeof label !== "string") return undefined
    try {
      const decoder = new TextDecoder(label, { fatal: fatal === true, ignoreBOM: ignoreBOM === true })
      const decoded = decoder.decode(bytes, { stream: stream === true })
      return JSON.stringify(decoder.encoding === "windows-1252" ? decoded.replace(controls, windows1252) : decoded)
    } catch {
      return undefined
    }
  },
  "text.label": (input) => {
    if (typeof input !== "string") return undefined
    try {
      return JSON.stringify(new TextDecoder(input).encoding)
    } catch {
      return undefined
    }
  },
  "base64.encode": (input) => {
    if (typeof input !== "string" || notLatin1.test(input)) return undefined
    return JSON.stringify(Buffer.from(input, "latin1").toString("base64"))
  },
  "base64.decode": (input) => {
    if (typeof input !== "string") return undefined
    const text = input.replace(/[\t\n\f\r ]+/g, "")
    const data = text.length % 4 === 0 ? text.replace(/={1,2}$/, "") : text
    if (data.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(data)) return undefined
    return JSON.stringify(Buffer.from(data, "base64").toString("latin1"))
  },
}

const encoder = new TextEncoder()
const noBytes = new Uint8Array(0)
const notLatin1 = /[^\0-\xff]/

type UrlPart =
  | "href"
  | "protocol"
  | "username"
  | "password"
  | "host"
  | "hostname"
  | "port"
  | "pathname"
  | "search"
  | "hash"

const urlParts: ReadonlySet<string> = new Set<UrlPart>([
  "href",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
])

function isUrlPart(part: string): part is UrlPart {
  return urlParts.has(part)
}

function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

function describeUrl(url: URL | undefined): string | undefined {
  if (url === undefined) return undefined
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url
  return JSON.stringify({ href, origin, protocol, username, password, host, hostname, port, pathname, search, hash })
}

// Some versions of Node decode windows-1252 as if it were latin1; these are the characters that differ.
const controls = /[\x80-\x9f]/g
const windows1252Characters = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"

function windows1252(control: string): string {
  return windows1252Characters[control.charCodeAt(0) - 0x80] ?? control
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
