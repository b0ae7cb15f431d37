import { copyBytes, viewBytes } from "./bytes.ts"
import { isBuffer, isView, parse, toWellFormed } from "./primordials.ts"
import { decodeUtf8, encodeUtf8, withoutByteOrderMark } from "./text.ts"
import { isSearchParams, serialiseParams } from "./url-search-params.ts"
import { asInterface, illegalConstructor, illegalInvocation, toDOMString } from "./webidl.ts"

/** The content of a request or a response: whole, as text or as bytes, whichever it came as. */
export interface Body {
  readonly source: string | ArrayBuffer
  used: boolean
  stream: BodyStream | undefined
}

const fromWithin: unknown = {}
let bodyOfStream: (stream: BodyStream) => Body
let isStream: (value: object) => boolean

/**
 * What the `body` of a request or response is until streams are there: it can be handed on as the body of another request
 * or response, and says so when it is read as a stream.
 */
export class BodyStream {
  readonly #body: Body

  static {
    bodyOfStream = (stream) => stream.#body
    isStream = (value) => #body in value
  }

  constructor(...within: unknown[]) {
    if (within[0] !== fromWithin) illegalConstructor()
    this.#body = within[1] as Body
  }

  get locked(): boolean {
    return #body in this ? this.#body.used : illegalInvocation()
  }
  getReader(): never {
    return refuseStream()
  }
  pipeThrough(): never {
    return refuseStream()
  }
  pipeTo(): never {
    return refuseStream()
  }
  tee(): never {
    return refuseStream()
  }
  values(): never {
    return refuseStream()
  }
  cancel(): never {
    return refuseStream()
  }
  [Symbol.asyncIterator](): never {
    return refuseStream()
  }
}
asInterface(BodyStream, "Body")

/** A body that holds this content. */
export function createBody(source: string | ArrayBuffer): Body {
  return { source, used: false, stream: undefined }
}

/** A body from what an author gave as one, and the content type that it implies. */
export function extractBody(init: unknown): { readonly body: Body; readonly type: string | null } {
  if (typeof init === "object" && init !== null) {
    if (isStream(init)) return { body: unused(bodyOfStream(init as BodyStream)), type: null }
    if (isSearchParams(init)) {
      const type = "application/x-www-form-urlencoded;charset=UTF-8"
      return { body: createBody(serialiseParams(init)), type }
    }
    if (isView(init) || isBuffer(init)) {
      return { body: createBody(copyBytes(viewBytes(init) as Uint8Array)), type: null }
    }
  }
  return { body: createBody(toWellFormed(toDOMString(init))), type: "text/plain;charset=UTF-8" }
}

/** What the `body` attribute gives. */
export function streamOf(body: Body | null): BodyStream | null {
  if (body === null) return null
  body.stream ??= new BodyStream(fromWithin, body)
  return body.stream
}

/** The same body for another holder; the first can no longer be read. */
export function moveBody(body: Body): Body {
  unused(body).used = true
  return createBody(body.source)
}

/** A second body with the same content. */
export function cloneBody(body: Body | null): Body | null {
  return body === null ? null : createBody(unused(body).source)
}

/** Reads a body once, as text. */
export function takeText(body: Body | null): string {
  const source = take(body)
  return typeof source === "string" ? withoutByteOrderMark(source) : decodeUtf8(source)
}

/** Reads a body once, as JSON. */
export function takeJson(body: Body | null): unknown {
  return parse(takeText(body))
}

/** Reads a body once, as bytes that nobody else holds. */
export function takeBytes(body: Body | null): ArrayBuffer {
  const source = take(body)
  return typeof source === "string" ? encodeUtf8(source) : copyBytes(new Uint8Array(source))
}

/** A body's bytes for the host, which copies them; undefined where there is no body. */
export function sendBytes(body: Body | null): ArrayBuffer | undefined {
  if (body === null) return undefined
  const source = take(body)
  return typeof source === "string" ? encodeUtf8(source) : source
}

function take(body: Body | null): string | ArrayBuffer {
  if (body === null) return ""
  unused(body).used = true
  return body.source
}

function unused(body: Body): Body {
  if (body.used) throw new TypeError("Cannot read the body: it has been read already; use clone() to read it twice")
  return body
}

function refuseStream(): never {
  throw new TypeError(
    "Cannot read the body as a stream: streams are not available yet; use text(), json(), bytes() or arrayBuffer()",
  )
}
