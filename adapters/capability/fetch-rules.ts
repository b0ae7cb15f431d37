import type { HttpContent, HttpRequest } from "../../src/ports/http-client.ts"

/** Why a request is not sent or an answer not taken, in words for a function's author. */
export class FetchRefusal extends Error {
  override readonly name = "FetchRefusal"
}

/** One request of a chain of redirects. */
export interface Hop {
  readonly method: string
  readonly url: URL
  readonly headers: HttpRequest["headers"]
  readonly body: HttpContent | null
}

/** Whether content comes chunk by chunk. */
export function isStream(content: HttpContent | null): content is AsyncIterable<Uint8Array> {
  return content !== null && Symbol.asyncIterator in content
}

// https://fetch.spec.whatwg.org/#port-blocking
const badPorts = new Set(
  (
    "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 " +
    "135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 " +
    "995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
  ).split(" "),
)

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/
const forbiddenMethods = new Set(["CONNECT", "TRACE", "TRACK"])
const normalisedMethods = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"])

/** What belongs to one connection or to the framing of one message: never the author's to say, nor of use to them. */
const connectionHeaders = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

const bodyHeaders = new Set(["content-encoding", "content-language", "content-location", "content-type"])
const credentialHeaders = new Set(["authorization", "cookie"])
const defaultHeaders = [
  ["accept", "*/*"],
  ["accept-encoding", "gzip, deflate, br"],
  ["user-agent", "inlay"],
] as const

/** Checks a request and brings it into the form that is sent. */
export function toFirstHop(request: HttpRequest): Hop {
  const url = checkUrl(toUrl(request.url))
  const upper = request.method.toUpperCase()
  const method = normalisedMethods.has(upper) ? upper : request.method
  if (!token.test(method) || forbiddenMethods.has(upper)) throw new FetchRefusal("this method cannot be used.")
  const body = isStream(request.body) || request.body?.byteLength ? request.body : null
  if (body && (method === "GET" || method === "HEAD")) throw new FetchRefusal(`a ${method} request cannot have a body.`)
  const headers = toSentHeaders(request.headers)
  const credentials = takeCredentials(url)
  const isSigned = headers.some(([name]) => name === "authorization")
  return {
    method,
    url,
    headers: credentials && !isSigned ? [...headers, ["authorization", credentials]] : headers,
    body,
  }
}

/**
 * The request that follows a redirect (https://fetch.spec.whatwg.org/#http-redirect-fetch); null where the answer is none.
 */
export function toNextHop(hop: Hop, status: number, location: string | undefined): Hop | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null
  if (isStream(hop.body) && status !== 303)
    throw new FetchRefusal("it redirects, and the stream that was its body cannot be sent again.")
  const url = checkUrl(toUrl(location, hop.url))
  // Only the author's own address may bring a password.
  takeCredentials(url)
  if (url.hash === "") url.hash = hop.url.hash
  const becomesGet =
    (hop.method === "POST" && (status === 301 || status === 302)) ||
    (status === 303 && hop.method !== "GET" && hop.method !== "HEAD")
  const crosses = url.origin !== hop.url.origin
  const headers = hop.headers.filter(
    ([name]) => !(becomesGet && bodyHeaders.has(name)) && !(crosses && credentialHeaders.has(name)),
  )
  return becomesGet ? { method: "GET", url, headers, body: null } : { ...hop, url, headers }
}

/** Reads an address; null where it is none. */
export function toUrl(text: string, base?: URL): URL | null {
  return URL.canParse(text, base?.href) ? new URL(text, base) : null
}

/** Whether a header of an answer says something of its content, not of the connection that brought it. */
export function isContentHeader(name: string): boolean {
  return name === "content-length" || !connectionHeaders.has(name)
}

function checkUrl(url: URL | null): URL {
  if (!url) throw new FetchRefusal("the address is not a URL.")
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new FetchRefusal("only http: and https: addresses can be fetched.")
  if (badPorts.has(url.port)) throw new FetchRefusal(`port ${url.port} belongs to another protocol.`)
  return url
}

/** Takes user name and password out of an address, and gives them as a header's value. */
function takeCredentials(url: URL): string | null {
  const { username, password } = url
  if (username === "" && password === "") return null
  url.username = ""
  url.password = ""
  return `Basic ${Buffer.from(`${unescaped(username)}:${unescaped(password)}`, "utf8").toString("base64")}`
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function toSentHeaders(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  const sent: (readonly [string, string])[] = []
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    const trimmed = value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "")
    if (!token.test(name)) throw new FetchRefusal("a header has a name that HTTP does not allow.")
    if (!headerValue.test(trimmed))
      throw new FetchRefusal(`the header "${lower}" has a value that HTTP does not allow.`)
    if (!connectionHeaders.has(lower)) sent.push([lower, trimmed])
  }
  const given = new Set(sent.map(([name]) => name))
  return [...sent, ...defaultHeaders.filter(([name]) => !given.has(name))]
}
