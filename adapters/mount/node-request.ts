import type { IncomingMessage, ServerResponse } from "node:http"
import type { Expose } from "../../src/model/expose.ts"
import { knownBodyOf } from "../../src/util/known-response.ts"
import { type DirectBody, type LentBody, LentRequest } from "../../src/util/lent-request.ts"
import { toBytes } from "./parsed-body.ts"

/** What mounts need of the service. */
export interface MountableFunctions {
  /**
   * Answers null where the path is not one of the service's. The request's body and signal come from its own
   * properties: `request.clone()` has both, `new Request(request)` neither.
   */
  handle(
    request: Request,
    options?: {
      readonly prefix?: string
      readonly strippedPrefix?: string
      readonly expose?: Expose
    },
  ): Promise<Response | null>
}

/** What a framework has already found out about a request. */
export interface NodeRequestOptions {
  readonly protocol: string
  /** Path and query as the caller sent them. */
  readonly target: string
  /** The body, where something before the mount has read and parsed it. */
  readonly parsedBody?: unknown
  /** The bytes that were read, where the host has kept them. */
  readonly rawBody?: unknown
}

/** Turns a request of `node:http` into a `Request` that ends with its connection; null where it cannot be one. */
export function toRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: NodeRequestOptions,
): Request | null {
  const { method = "GET" } = incoming
  try {
    const path = options.target.startsWith("/")
      ? options.target
      : new URL(options.target).href.replace(/^[^/]*\/\/[^/]*/, "")
    const request = new LentRequest(`${options.protocol}://${toHost(incoming.headers.host)}${path}`, {
      method,
      headers: toHeaders(incoming.rawHeaders),
      makeBody: (headers) => (method === "GET" || method === "HEAD" ? null : toBody(incoming, options, headers)),
      makeSignal: () => toSignal(response),
    })
    // Where parsing finds another path than the framework routed by, guards before the mount have looked at the wrong one.
    return pathOf(request.url) === path.replace(/[?#].*$/s, "") ? request : null
  } catch {
    return null
  }
}

/** The path of an absolute URL, as it stands there. */
function pathOf(url: string): string | undefined {
  return /^[^/]*\/\/[^/?#]*([^?#]*)/.exec(url)?.[1]
}

/** A signal that is aborted where the connection closes before the answer was sent. */
function toSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const close = () => {
    if (!response.writableFinished) controller.abort()
  }
  if (response.destroyed) close()
  else response.once("close", close)
  return controller.signal
}

/** A name or address with its port; anything else could reach into the path. */
function toHost(header: string | undefined): string {
  if (header === undefined) return "localhost"
  if (/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(header)) return header
  throw new TypeError("Cannot read the Host header: it must be a name with or without a port.")
}

/** Sends a `Response`, no faster than the connection takes it; gives up quietly where the caller has gone. */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status
  if (response.statusText !== "") outgoing.statusMessage = response.statusText
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies)
  const isHead = outgoing.req.method === "HEAD"
  const known = knownBodyOf(response)
  if (known !== undefined) {
    outgoing.end(isHead ? undefined : known)
    return
  }
  if (response.body === null || isHead) {
    await response.body?.cancel()
    outgoing.end()
    return
  }
  const reader = response.body.getReader()
  const stop = () => void reader.cancel().catch(() => {})
  outgoing.once("close", stop)
  // Whoever streams wants its head seen before its first bytes are there.
  if (!response.headers.has("content-length")) outgoing.flushHeaders()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || outgoing.destroyed) break
      if (!outgoing.write(value)) await drained(outgoing)
    }
    outgoing.end()
  } catch {
    // The head is sent, so breaking the connection is the only way left to say that the body is not whole.
    outgoing.destroy()
  } finally {
    stop()
  }
}

function toHeaders(raw: readonly string[]): [name: string, value: string][] {
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ""
    if (!name.startsWith(":")) headers.push([name, raw[index + 1] ?? ""])
  }
  return headers
}

function toBody(incoming: IncomingMessage, options: NodeRequestOptions, headers: Headers): LentBody | null {
  const { parsedBody: parsed, rawBody: raw } = options
  if (headers.get("content-length") === "0") return null
  if (!headers.has("content-length") && !headers.has("transfer-encoding")) return null
  const given = incoming.readableDidRead ? toBytes(parsed, raw, headers.get("content-type")) : undefined
  if (!given) return { read: readDirectly(incoming), toStream: () => toStream(incoming) }
  headers.delete("content-length")
  headers.delete("content-encoding")
  const { bytes, isRebuilt } = given
  return {
    isRebuilt,
    read: async (take) => void take(bytes),
    toStream: () => new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
  }
}

/** Touches the connection only when somebody reads, so that a host can still have a body that nobody here wanted. */
function toStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Uint8Array> | null = null
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks?.return?.()
        // Callers see an early answer only once they have sent everything.
        incoming.resume()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Reads what a connection sends by its events. */
function readDirectly(incoming: IncomingMessage): DirectBody {
  return (take) =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        incoming.off("data", read).off("end", finish).off("error", fail).off("close", lose)
        settle()
      }
      const read = (chunk: Uint8Array) => {
        if (take(chunk)) return
        // Callers see an early answer only once they have sent everything.
        end(resolve)
        incoming.resume()
      }
      const finish = () => end(resolve)
      const fail = (error: unknown) => end(() => reject(error))
      const lose = () => fail(new Error("Cannot read the body: the connection closed before its end."))
      if (incoming.destroyed) lose()
      else incoming.on("data", read).once("end", finish).once("error", fail).once("close", lose)
    })
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off("drain", settle)
      outgoing.off("close", settle)
      resolve()
    }
    outgoing.once("drain", settle)
    outgoing.once("close", settle)
    // A connection that closed in between will tell neither.
    if (outgoing.destroyed) settle()
  })
}
