import { copyBytes, viewBytes } from "./bytes.ts"
import { feature, loadedFeature } from "./feature.ts"
import type { Headers } from "./headers.ts"
import { isBuffer, isView, parse, toWellFormed } from "./primordials.ts"
import { type ByteSource, isRemote, type RemoteBody } from "./remote-body.ts"
import { decodeUtf8, encodeUtf8, withoutByteOrderMark } from "./text.ts"
import { isSearchParams, serialiseParams } from "./url-search-params.ts"
import { toDOMString } from "./webidl.ts"

type Content = string | ArrayBuffer

/** The content of a request or a response. */
export interface Body {
  /** What it holds where it has no stream: text or bytes, whichever it came as, or what the host still has of it. */
  readonly source: Content | RemoteBody
  /** Whether it was read, where it has no stream. */
  used: boolean
  /** The stream that it came as, or that was asked for: from then on it is read through that alone. */
  stream: object | undefined
}

/** Stops the reading of a body, and tells its stream why. */
type Stop = (reason: unknown) => void

/** A body that holds this content. */
export function createBody(source: Body["source"]): Body {
  return { source, used: false, stream: undefined }
}

/** Whether a body is made while it is read. */
export function isStreamed(body: Body): boolean {
  return body.stream !== undefined || isRemote(body.source)
}

function streamBody(stream: object): Body {
  return { source: "", used: false, stream }
}

/** A body from what an author gave as one, and the content type that it implies. */
export function extractBody(init: unknown): { readonly body: Body; readonly type: string | null } {
  if (typeof init === "object" && init !== null) {
    // Before the feature is there, nothing can be a stream.
    if (loadedFeature("streams")?.is(init) === true) return { body: requireUnused(streamBody(init)), type: null }
    if (isSearchParams(init)) {
      const type = "application/x-www-form-urlencoded;charset=UTF-8"
      return { body: createBody(serialiseParams(init)), type }
    }
    const form = loadedFeature("blobs")?.extract(init)
    if (form !== undefined) return { body: createBody(form.source), type: form.type }
    if (isView(init) || isBuffer(init)) {
      return { body: createBody(copyBytes(viewBytes(init) as Uint8Array)), type: null }
    }
  }
  return { body: createBody(toWellFormed(toDOMString(init))), type: "text/plain;charset=UTF-8" }
}

/** What the `body` attribute gives: a stream, made when it is first asked for. */
export function streamOf(body: Body | null): object | null {
  if (body === null) return null
  if (body.stream !== undefined) return body.stream
  const { source, used } = body
  const streams = feature("streams")
  const stream = streams.wrap(!used && isRemote(source) ? source : wholeSource(used || isRemote(source) ? "" : source))
  // What was read before shows in its stream.
  if (used) streams.collect(stream, nothing, nothing)
  body.stream = stream
  return stream
}

/** What the `bodyUsed` attribute gives. */
export function isUsed(body: Body | null): boolean {
  if (body === null) return false
  return body.stream === undefined ? body.used : feature("streams").isDisturbed(body.stream)
}

/** The same body for another holder; the first can no longer be read. */
export function moveBody(body: Body): Body {
  requireUnused(body)
  if (body.stream !== undefined) return streamBody(feature("streams").take(body.stream))
  body.used = true
  return createBody(body.source)
}

/** A second body with the same content. */
export function cloneBody(body: Body | null): Body | null {
  if (body === null) return null
  requireUnused(body)
  if (!isStreamed(body)) return createBody(body.source)
  const [own, other] = feature("streams").tee(streamOf(body) as object)
  body.stream = own
  return streamBody(other)
}

/** Reads a body once, as text. */
export function takeText(body: Body | null): string | Promise<string> {
  return take(body, toText)
}

/** Reads a body once, as JSON. */
export function takeJson(body: Body | null): unknown {
  return take(body, (source) => parse(toText(source)))
}

/** Reads a body once, as bytes that nobody else holds. */
export function takeBytes(body: Body | null): ArrayBuffer | Promise<ArrayBuffer> {
  return take(body, toBytes)
}

/** Reads a body once, as a blob of the type that the headers name. */
export async function takeBlob(body: Body | null, headers: Headers): Promise<object> {
  return feature("blobs").toBlob(await takeBytes(body), headers)
}

/** Reads a body once, as a form. */
export async function takeForm(body: Body | null, headers: Headers): Promise<object> {
  return feature("blobs").toForm(await takeBytes(body), headers)
}

/** Reads a body once, as a `Uint8Array`. */
export function takeByteArray(body: Body | null): Uint8Array | Promise<Uint8Array> {
  return take(body, (source) => new Uint8Array(toBytes(source)))
}

/** Reads a body once, for the host, which copies the bytes: at once where it is there whole; undefined for no body. */
export function sendBytes(
  body: Body | null,
  send: (bytes: ArrayBuffer | undefined) => void,
  failed: (reason: unknown) => void,
): void {
  if (body === null) send(undefined)
  else read(body, (source) => send(typeof source === "string" ? encodeUtf8(source) : source), failed)
}

/** What the host still has of a body that nobody has begun to read, for the host to go on with; undefined for any other. */
export function takeRemote(body: Body): RemoteBody | undefined {
  if (body.stream !== undefined) {
    return feature("streams").takeSource(body.stream, isRemote)
  }
  if (body.used || !isRemote(body.source)) return undefined
  body.used = true
  return body.source
}

/** Reads a body's stream chunk by chunk. Gives a function that cancels it. */
export function readChunks(
  body: Body,
  take: (chunk: Uint8Array, next: () => void) => void,
  ended: () => void,
  failed: (reason: unknown) => void,
): Stop {
  requireUnused(body)
  return feature("streams").each(streamOf(body) as object, take, ended, failed)
}

/** What a body holds, as it can be had: at once where it is there whole, otherwise when its stream has ended. */
function take<Result>(body: Body | null, convert: (source: Content) => Result): Result | Promise<Result> {
  if (body === null) return convert("")
  const { source, stream } = body
  if (stream === undefined && !isRemote(source)) {
    requireUnused(body).used = true
    return convert(source)
  }
  return new Promise((resolve, reject) => {
    read(body, (source) => resolve(convert(source)), reject)
  })
}

function read(body: Body, use: (source: Content) => void, failed: (reason: unknown) => void): void {
  requireUnused(body)
  const ended = (bytes: ArrayBuffer): void => {
    try {
      use(bytes)
    } catch (thrown) {
      failed(thrown)
    }
  }
  if (body.stream !== undefined) {
    feature("streams").collect(body.stream, ended, failed)
    return
  }
  body.used = true
  if (isRemote(body.source)) body.source.collect(ended, failed)
  else use(body.source)
}

/** The same body; throws where it was read or is being read. */
export function requireUnused(body: Body): Body {
  if (isUsed(body)) throw new TypeError("Cannot read the body: it has been read already; use clone() to read it twice")
  if (body.stream !== undefined && feature("streams").isLocked(body.stream)) {
    throw new TypeError("Cannot read the body: its stream is locked; release the reader that it has")
  }
  return body
}

function toText(source: Content): string {
  return typeof source === "string" ? withoutByteOrderMark(source) : decodeUtf8(source)
}

function toBytes(source: Content): ArrayBuffer {
  return typeof source === "string" ? encodeUtf8(source) : copyBytes(new Uint8Array(source))
}

function wholeSource(source: Content): ByteSource {
  return { pull: (take) => take(toBytes(source), true) }
}

function nothing(): void {
  // There is nothing to stop, and nothing to be told.
}
