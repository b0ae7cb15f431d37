import type { Agent, Dispatcher } from "undici"
import type { CallEgress, HttpClient, HttpLimits, HttpRequest, HttpResponse } from "../../src/ports/http-client.ts"
import { createAgents } from "./agents.ts"
import {
  type Connect,
  ConnectionRefusal,
  connectDirectly,
  type Resolve,
  resolvePublicName,
} from "./checked-connector.ts"
import { BodyTooLarge, decodeBody } from "./decode-body.ts"
import { countReceived, countRequest, headerBytes } from "./egress-policy.ts"
import { FetchRefusal, type Hop, isContentHeader, toFirstHop, toNextHop, toUrl } from "./fetch-rules.ts"

/** Options of `createHttpClient`. */
export interface HttpClientOptions {
  /** Finds the addresses of a name. @default asks the machine's name servers */
  readonly resolve?: Resolve
  /** Begins a connection to a checked address. @default TCP */
  readonly connect?: Connect
  /** PEM of the certificate authorities to trust. @default those of Node */
  readonly ca?: string
  /** Redirects that one request may follow. @default 20 */
  readonly maxRedirects?: number
  /** Time for one connection, TLS included. @default 10_000 */
  readonly connectTimeoutMs?: number
}

type Headers = readonly (readonly [string, string])[]

/**
 * The network as functions see it: HTTP/1.1 to public addresses, without cookies, caches or proxies.
 * Connections are pooled by origin; nothing of one request is kept for another.
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { resolve = (name) => resolvePublicName(name), connect = connectDirectly, maxRedirects = 20 } = options
  const agents = createAgents({ resolve, connect, ca: options.ca, timeoutMs: options.connectTimeoutMs ?? 10_000 })

  async function follow(
    request: HttpRequest,
    limits: HttpLimits,
    progress: { redirects: number },
  ): Promise<HttpResponse> {
    const { signal, maxBytes, egress = unbounded() } = limits
    let hop = toFirstHop(request)
    while (true) {
      signal.throwIfAborted()
      countRequest(hop, egress)
      const response = await send(await agents.open(egress.grant), hop, signal)
      countReceived(headerBytes(response.headers), egress)
      const location = headerOf(response.headers, "location")
      const next = request.redirect === "manual" ? null : toNextHop(hop, response.status, location)
      if (!next) return await toResponse(response, hop, { maxBytes, egress }, progress.redirects > 0)
      await discard(response.body, egress)
      if (request.redirect === "error") throw new FetchRefusal("it redirects, and the request does not allow that.")
      if (progress.redirects === maxRedirects) throw new FetchRefusal(`it redirects more than ${maxRedirects} times.`)
      progress.redirects++
      hop = next
    }
  }

  return {
    async fetch(request, limits) {
      const progress = { redirects: 0 }
      try {
        return await follow(request, limits, progress)
      } catch (error) {
        const thing = `Cannot fetch "${shown(request.url)}": `
        if (limits.signal.aborted) throw new DOMException(`${thing}the request was aborted.`, "AbortError")
        throw new TypeError(`${thing}${progress.redirects > 0 ? "after a redirect, " : ""}${reasonOf(error, limits)}`)
      }
    },
    close: () => agents.close(),
  }
}

/** What a request without a grant may do. */
function unbounded(): CallEgress {
  const most = Number.POSITIVE_INFINITY
  const rules = { maxRequests: most, maxBytesSent: most, maxBytesReceived: most }
  return { grant: { rules }, usage: { requests: 0, bytesSent: 0, bytesReceived: 0 } }
}

interface RawResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly body: Dispatcher.ResponseData["body"]
}

async function send(agent: Agent, hop: Hop, signal: AbortSignal): Promise<RawResponse> {
  const { statusCode, statusText, headers, body } = await agent.request({
    origin: hop.url.origin,
    path: `${hop.url.pathname}${hop.url.search}`,
    method: hop.method as Dispatcher.HttpMethod,
    headers: hop.headers.flat(),
    body: hop.body,
    signal,
    responseHeaders: "raw",
  })
  // An answer that is given up on ends with an error that nobody waits for.
  body.on("error", () => {})
  return { status: statusCode, statusText, headers: toPairs(headers as unknown as readonly string[]), body }
}

type BodyLimits = Required<Pick<HttpLimits, "maxBytes" | "egress">>

async function toResponse(raw: RawResponse, hop: Hop, limits: BodyLimits, redirected: boolean): Promise<HttpResponse> {
  const { maxBytes } = limits
  const received = await readBody(raw, limits)
  const coding = headerOf(raw.headers, "content-encoding")
  const decoded = coding === undefined ? null : await decodeBody(received, coding, maxBytes)
  const isDecoded = decoded !== null && received.byteLength > 0
  const stale = isDecoded ? ["content-encoding", "content-length"] : []
  const url = new URL(hop.url)
  url.hash = ""
  return {
    status: raw.status,
    statusText: raw.statusText,
    headers: raw.headers.filter(([name]) => isContentHeader(name) && !stale.includes(name)),
    body: new Uint8Array(decoded ?? received),
    url: url.href,
    redirected,
  }
}

async function readBody(raw: RawResponse, { maxBytes, egress }: BodyLimits): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of raw.body as AsyncIterable<Buffer>) {
    countReceived(chunk.byteLength, egress)
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new BodyTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

/** Reads a short body to its end, so that its connection can be used again, and gives up on a long one. */
async function discard(body: RawResponse["body"], egress: CallEgress): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength
      if (bytes > 16_384) break
    }
  } catch {
    // Its answer is not needed.
  }
  countReceived(bytes, egress)
}

function toPairs(flat: readonly string[]): Headers {
  const pairs: (readonly [string, string])[] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const value = flat[index + 1] ?? ""
    // undici reads UTF-8, where fetch has one character per byte.
    const bytes = /[^\0-\xff]/.test(value) ? Buffer.from(value, "utf8").toString("latin1") : value
    pairs.push([(flat[index] ?? "").toLowerCase(), bytes])
  }
  return pairs
}

function headerOf(headers: Headers, name: string): string | undefined {
  const values = headers.filter((header) => header[0] === name).map((header) => header[1])
  return name === "location" ? values[0] : values.length > 0 ? values.join(",") : undefined
}

/** The address as its author wrote it, without a password. */
function shown(url: string): string {
  const parsed = toUrl(url)
  if (parsed && (parsed.username !== "" || parsed.password !== "")) {
    parsed.username = ""
    parsed.password = ""
    return shown(parsed.href)
  }
  return url.length > 200 ? `${url.slice(0, 200)}…` : url
}

function reasonOf(error: unknown, limits: HttpLimits): string {
  if (error instanceof ConnectionRefusal || error instanceof FetchRefusal) return error.message
  if (error instanceof BodyTooLarge) return `the answer is larger than ${limits.maxBytes} bytes.`
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (code.startsWith("Z_") || code.startsWith("ERR__ERROR_") || code.startsWith("ERR_BROTLI"))
    return "the answer cannot be decompressed."
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT")
    return "the server does not answer in time."
  if (code === "UND_ERR_HEADERS_OVERFLOW") return "the answer has too many headers."
  if (error instanceof Error && error.name === "HTTPParserError") return "the answer is not HTTP."
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") return "the service is closing."
  return "the connection ended before the answer was complete."
}
