import { Readable } from "node:stream"
import type { Agent, Dispatcher } from "undici"
import { RefusedRequest } from "../../src/errors/refused-request.ts"
import type {
  CallEgress,
  HttpClient,
  HttpContent,
  HttpLimits,
  HttpRequest,
  HttpResponse,
} from "../../src/ports/http-client.ts"
import { createAgents } from "./agents.ts"
import {
  AddressRefusal,
  type Connect,
  ConnectionRefusal,
  connectDirectly,
  type Resolve,
  resolvePublicName,
} from "./checked-connector.ts"
import { decodeBody } from "./decode-body.ts"
import { countReceived, countRequest, countSent, headerBytes } from "./egress-policy.ts"
import { FetchRefusal, type Hop, isContentHeader, isStream, toFirstHop, toNextHop, toUrl } from "./fetch-rules.ts"
import { BodyTooLarge, counted, endOfTurn, takeShort, translated } from "./response-body.ts"

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

  async function follow(request: HttpRequest, limits: HttpLimits, progress: Progress): Promise<HttpResponse> {
    const { signal, egress = unbounded() } = limits
    let hop = toFirstHop(request)
    while (true) {
      signal.throwIfAborted()
      countRequest(hop, egress)
      const response = await send(await agents.open(egress.grant), hop, { signal, egress })
      countReceived(headerBytes(response.headers), egress)
      const location = headerOf(response.headers, "location")
      const next = request.redirect === "manual" ? null : toNextHop(hop, response.status, location)
      if (!next) return await toResponse(response, hop, { ...limits, egress }, progress)
      await discard(response.body, egress)
      if (request.redirect === "error") throw new FetchRefusal("it redirects, and the request does not allow that.")
      if (progress.redirects === maxRedirects) throw new FetchRefusal(`it redirects more than ${maxRedirects} times.`)
      progress.redirects++
      hop = next
    }
  }

  return {
    async fetch(request, limits) {
      const progress = new Progress(request, limits)
      try {
        return await follow(request, limits, progress)
      } catch (error) {
        throw progress.explain(error)
      }
    },
    close: () => agents.close(),
  }
}

/** How far a request has come, for the words about its failure. */
class Progress {
  redirects = 0
  readonly #request: HttpRequest
  readonly #limits: HttpLimits

  constructor(request: HttpRequest, limits: HttpLimits) {
    this.#request = request
    this.#limits = limits
  }

  readonly explain = (error: unknown): Error => {
    const thing = `Cannot fetch "${shown(this.#request.url)}": `
    if (this.#limits.signal.aborted) return new DOMException(`${thing}the request was aborted.`, "AbortError")
    const isRefused = error instanceof AddressRefusal || error instanceof FetchRefusal
    const reason = `${this.redirects > 0 ? "after a redirect, " : ""}${reasonOf(error, this.#limits)}`
    return isRefused ? new RefusedRequest(thing + reason) : new TypeError(thing + reason)
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

type BodyLimits = Required<HttpLimits>

async function send(agent: Agent, hop: Hop, limits: Pick<BodyLimits, "signal" | "egress">): Promise<RawResponse> {
  const { signal, egress } = limits
  const { statusCode, statusText, headers, body } = await agent.request({
    origin: hop.url.origin,
    path: `${hop.url.pathname}${hop.url.search}`,
    method: hop.method as Dispatcher.HttpMethod,
    headers: hop.headers.flat(),
    body: isStream(hop.body) ? toUpload(hop.body, egress) : hop.body,
    signal,
    responseHeaders: "raw",
  })
  // An answer that is given up on ends with an error that nobody waits for.
  body.on("error", () => {})
  return { status: statusCode, statusText, headers: toPairs(headers as unknown as readonly string[]), body }
}

/** Its chunks are sent as they come; the connection takes the next one when it has room. */
function toUpload(body: AsyncIterable<Uint8Array>, egress: CallEgress): Readable {
  const chunks = counted(body, (bytes) => countSent(bytes, egress))
  return Readable.from(chunks, { objectMode: true, highWaterMark: 1 })
}

async function toResponse(raw: RawResponse, hop: Hop, limits: BodyLimits, progress: Progress): Promise<HttpResponse> {
  const coding = headerOf(raw.headers, "content-encoding")
  const decode = coding === undefined || isBodiless(raw, hop) ? null : decodeBody(coding)
  const stale = decode ? ["content-encoding", "content-length"] : []
  const url = new URL(hop.url)
  url.hash = ""
  return {
    status: raw.status,
    statusText: raw.statusText,
    headers: raw.headers.filter(([name]) => isContentHeader(name) && !stale.includes(name)),
    body: await readBody(raw.body, decode, limits, progress),
    url: url.href,
    redirected: progress.redirects > 0,
  }
}

function isBodiless(raw: RawResponse, hop: Hop): boolean {
  return hop.method === "HEAD" || raw.status === 204 || raw.status === 304
}

/** A body that came with its headers whole, any other as it is read; decoded, and in the author's words where it breaks off. */
async function readBody(
  raw: RawResponse["body"],
  decode: ReturnType<typeof decodeBody>,
  { maxBytes, egress }: BodyLimits,
  progress: Progress,
): Promise<HttpContent> {
  let total = 0
  const bounded = (body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
    counted(body, (bytes) => {
      total += bytes
      if (total > maxBytes) throw new BodyTooLarge()
    })
  const explained = (body: HttpContent): HttpContent => (isStream(body) ? translated(body, progress.explain) : body)
  const close = (): void => void raw.destroy()
  const received = counted(raw, (bytes) => countReceived(bytes, egress))
  const body = await takeShort(decode ? received : bounded(received), close, endOfTurn())
  if (!decode) return explained(body)
  return explained(isStream(body) ? bounded(decode(body)) : await takeShort(bounded(decode(once(body))), close))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
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
