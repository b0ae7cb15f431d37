import {
  type Body,
  cloneBody,
  createBody,
  extractBody,
  isUsed,
  streamOf,
  takeBlob,
  takeByteArray,
  takeBytes,
  takeForm,
  takeJson,
  takeText,
} from "./body.ts"
import { copyHeaders, createHeaders, defaultHeader, fillHeaders, Headers, toByteString } from "./headers.ts"
import { toJson } from "./json.ts"
import type { Pairs } from "./pair-iterator.ts"
import { regExpExec } from "./primordials.ts"
import { parseUrl } from "./url-record.ts"
import {
  asInterface,
  illegalInvocation,
  requireArguments,
  toDictionary,
  toUnsignedShort,
  toUSVString,
} from "./webidl.ts"

/** What a response is, behind its attributes. */
interface ResponseState {
  readonly type: "default" | "basic" | "error"
  status: number
  statusText: string
  headers: Headers
  body: Body | null
  readonly url: string
  readonly redirected: boolean
}

const fromWithin: unknown = {}
let stateOf: (response: Response) => ResponseState
let hasState: (value: object) => boolean

/** `Response`. */
export class Response {
  readonly #state: ResponseState

  static {
    stateOf = (response) => response.#state
    hasState = (value) => #state in value
  }

  constructor(body: unknown = null, init: unknown = undefined) {
    this.#state = body === fromWithin ? (init as ResponseState) : construct(body, init)
  }

  static error(): Response {
    const headers = createHeaders([], "immutable")
    return wrap({ type: "error", status: 0, statusText: "", headers, body: null, url: "", redirected: false })
  }
  static redirect(url: string, status: unknown = 302): Response {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "Response.redirect")
    const parsed = parseUrl(toUSVString(url))
    const code = toUnsignedShort(status)
    if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
      throw new RangeError("Cannot redirect with the status " + code + ": it must be 301, 302, 303, 307 or 308")
    }
    const headers = createHeaders([["location", parsed.href]], "immutable")
    return wrap({ type: "default", status: code, statusText: "", headers, body: null, url: "", redirected: false })
  }
  static json(data: unknown, init: unknown = undefined): Response {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "Response.json")
    const text = toJson(data)
    if (text === undefined) throw new TypeError("Cannot make JSON of the data: it has no JSON form")
    return wrap(initialise(createBody(text), "application/json", init))
  }

  get type(): string {
    return responseState(this).type
  }
  get url(): string {
    return responseState(this).url
  }
  get redirected(): boolean {
    return responseState(this).redirected
  }
  get status(): number {
    return responseState(this).status
  }
  get ok(): boolean {
    const { status } = responseState(this)
    return status >= 200 && status < 300
  }
  get statusText(): string {
    return responseState(this).statusText
  }
  get headers(): Headers {
    return responseState(this).headers
  }
  clone(): Response {
    const state = responseState(this)
    const body = cloneBody(state.body)
    const headers = copyHeaders(state.headers, state.type === "default" ? "none" : "immutable")
    return wrap({ ...state, headers, body })
  }
  get body(): object | null {
    return streamOf(responseState(this).body)
  }
  get bodyUsed(): boolean {
    return isUsed(responseState(this).body)
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return takeBytes(responseState(this).body)
  }
  async blob(): Promise<object> {
    const { body, headers } = responseState(this)
    return takeBlob(body, headers)
  }
  async bytes(): Promise<Uint8Array> {
    return takeByteArray(responseState(this).body)
  }
  async formData(): Promise<object> {
    const { body, headers } = responseState(this)
    return takeForm(body, headers)
  }
  async json(): Promise<unknown> {
    return takeJson(responseState(this).body)
  }
  async text(): Promise<string> {
    return takeText(responseState(this).body)
  }
}
asInterface(Response, "Response", (response: Response) => {
  const { status, statusText, headers, url } = stateOf(response)
  return { status, statusText, headers, url }
})

/** A response as the network gave it. */
export function networkResponse(
  fields: { readonly status: number; readonly statusText: string; readonly url: string; readonly redirected: boolean },
  pairs: Pairs,
  content: Body | null,
): Response {
  const body = isNullBodyStatus(fields.status) ? null : content
  return wrap({ type: "basic", ...fields, headers: createHeaders(pairs, "immutable"), body })
}

/** Whether a value is a response. */
export function isResponse(value: unknown): value is Response {
  return typeof value === "object" && value !== null && hasState(value)
}

/** The state of a response; throws for what is none. */
export function responseState(response: unknown): ResponseState {
  return isResponse(response) ? stateOf(response) : illegalInvocation()
}

const reasonPhrase = /^[\t\x20-\x7e\x80-\xff]*$/

function construct(init: unknown, options: unknown): ResponseState {
  if (init === null || init === undefined) return initialise(null, null, options)
  const extracted = extractBody(init)
  return initialise(extracted.body, extracted.type, options)
}

function initialise(body: Body | null, type: string | null, init: unknown): ResponseState {
  const options = toDictionary(init, "The init of a Response")
  const given = options.headers
  const headers = new Headers()
  if (given !== undefined) fillHeaders(headers, given)
  const givenStatus = options.status
  const status = givenStatus === undefined ? 200 : toUnsignedShort(givenStatus)
  const givenText = options.statusText
  const statusText = givenText === undefined ? "" : toByteString(givenText)
  if (status < 200 || status > 599) {
    throw new RangeError("Cannot use the status " + status + ": it must be between 200 and 599")
  }
  if (regExpExec(reasonPhrase, statusText) === null) {
    throw new TypeError("Cannot use the statusText: it holds a character that a status line cannot have")
  }
  if (body !== null) {
    if (isNullBodyStatus(status)) throw new TypeError("Cannot have a body with the status " + status)
    if (type !== null) defaultHeader(headers, "content-type", type)
  }
  return { type: "default", status, statusText, headers, body, url: "", redirected: false }
}

function isNullBodyStatus(status: number): boolean {
  return status === 101 || status === 103 || status === 204 || status === 205 || status === 304
}

function wrap(state: ResponseState): Response {
  return new Response(fromWithin, state)
}
