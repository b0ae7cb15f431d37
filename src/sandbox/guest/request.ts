import { type AbortSignal, createSignal, followSignals, isSignal } from "./abort.ts"
import {
  type Body,
  cloneBody,
  createBody,
  extractBody,
  isUsed,
  moveBody,
  streamOf,
  takeBlob,
  takeByteArray,
  takeBytes,
  takeForm,
  takeJson,
  takeText,
} from "./body.ts"
import { copyHeaders, createHeaders, defaultHeader, fillHeaders, Headers, isToken, toByteString } from "./headers.ts"
import type { Pairs } from "./pair-iterator.ts"
import { indexOf, toUpperCase } from "./primordials.ts"
import { parseUrl } from "./url-record.ts"
import { asInterface, illegalInvocation, requireArguments, toDictionary, toDOMString, toUSVString } from "./webidl.ts"

/** What a request is, behind its attributes. */
interface RequestState {
  readonly method: string
  readonly url: string
  headers: Headers
  body: Body | null
  /** The signal, or how to get it once it is asked for. */
  signal: AbortSignal | (() => AbortSignal)
  readonly settings: Settings
}

/** Attributes that change nothing outside of a browser, but can be set and read; `redirect` is what the host obeys. */
interface Settings {
  readonly cache: string
  readonly credentials: string
  readonly integrity: string
  readonly keepalive: boolean
  readonly mode: string
  readonly redirect: string
  readonly referrer: string
  readonly referrerPolicy: string
}

const fromWithin: unknown = {}
let stateOf: (request: Request) => RequestState
let hasState: (value: object) => boolean

/** `Request`. */
export class Request {
  readonly #state: RequestState

  static {
    stateOf = (request) => request.#state
    hasState = (value) => #state in value
  }

  constructor(input: unknown, init: unknown = undefined) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "Request")
    this.#state = input === fromWithin ? (init as RequestState) : construct(input, init)
  }

  get method(): string {
    return requestState(this).method
  }
  get url(): string {
    return requestState(this).url
  }
  get headers(): Headers {
    return requestState(this).headers
  }
  get destination(): string {
    requestState(this)
    return ""
  }
  get referrer(): string {
    return requestState(this).settings.referrer
  }
  get referrerPolicy(): string {
    return requestState(this).settings.referrerPolicy
  }
  get mode(): string {
    return requestState(this).settings.mode
  }
  get credentials(): string {
    return requestState(this).settings.credentials
  }
  get cache(): string {
    return requestState(this).settings.cache
  }
  get redirect(): string {
    return requestState(this).settings.redirect
  }
  get integrity(): string {
    return requestState(this).settings.integrity
  }
  get keepalive(): boolean {
    return requestState(this).settings.keepalive
  }
  get signal(): AbortSignal {
    return signalOf(requestState(this))
  }
  get duplex(): string {
    requestState(this)
    return "half"
  }
  clone(): Request {
    const state = requestState(this)
    const body = cloneBody(state.body)
    const signal = (): AbortSignal => followSignals([signalOf(state)])
    return new Request(fromWithin, { ...state, headers: copyHeaders(state.headers), body, signal })
  }
  get body(): object | null {
    return streamOf(requestState(this).body)
  }
  get bodyUsed(): boolean {
    return isUsed(requestState(this).body)
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return takeBytes(requestState(this).body)
  }
  async blob(): Promise<object> {
    const { body, headers } = requestState(this)
    return takeBlob(body, headers)
  }
  async bytes(): Promise<Uint8Array> {
    return takeByteArray(requestState(this).body)
  }
  async formData(): Promise<object> {
    const { body, headers } = requestState(this)
    return takeForm(body, headers)
  }
  async json(): Promise<unknown> {
    return takeJson(requestState(this).body)
  }
  async text(): Promise<string> {
    return takeText(requestState(this).body)
  }
}
asInterface(Request, "Request", (request: Request) => {
  const { method, url, headers } = stateOf(request)
  return { method, url, headers }
})

/** The request that a call brought: checked by the host, its signal made when it is asked for. */
export function incomingRequest(
  fields: { readonly method: string; readonly url: string; readonly headers: Pairs },
  content: string | ArrayBuffer | undefined,
  signal: () => AbortSignal,
): Request {
  const { method, url } = fields
  const body = content === undefined ? null : createBody(content)
  const headers = createHeaders(fields.headers, "none")
  return new Request(fromWithin, { method, url, headers, body, signal, settings: defaults })
}

/** The state of a request; throws for what is none. */
export function requestState(request: unknown): RequestState {
  return isRequest(request) ? stateOf(request) : illegalInvocation()
}

/** Whether a value is a request. */
function isRequest(value: unknown): value is Request {
  return typeof value === "object" && value !== null && hasState(value)
}

/** The signal of a request, made now where nobody has asked for it before. */
export function signalOf(state: RequestState): AbortSignal {
  if (typeof state.signal === "function") state.signal = state.signal()
  return state.signal
}

const defaults: Settings = {
  cache: "default",
  credentials: "same-origin",
  integrity: "",
  keepalive: false,
  mode: "cors",
  redirect: "follow",
  referrer: "about:client",
  referrerPolicy: "",
}

const choices: Readonly<Record<string, string>> = {
  cache: " default no-store reload no-cache force-cache only-if-cached ",
  credentials: " omit same-origin include ",
  mode: " same-origin no-cors cors ",
  redirect: " follow error manual ",
  referrerPolicy:
    "  no-referrer no-referrer-when-downgrade same-origin origin strict-origin origin-when-cross-origin strict-origin-when-cross-origin unsafe-url ",
}

function construct(input: unknown, init: unknown): RequestState {
  const source = isRequest(input) ? stateOf(input) : undefined
  const text = source === undefined ? toUSVString(input) : ""
  const options = toDictionary(init, "The init of a Request")
  const settings = readSettings(options, source?.settings ?? defaults)
  const url = source === undefined ? parseRequestUrl(text) : source.url
  if (options.window !== undefined && options.window !== null) {
    throw new TypeError("Cannot use the option window: it must be null")
  }
  const givenMethod = options.method
  const method = givenMethod === undefined ? (source?.method ?? "GET") : toMethod(toByteString(givenMethod))
  const given = options.headers
  const headers = new Headers()
  if (given !== undefined) fillHeaders(headers, given)
  const own = given === undefined && source !== undefined ? copyHeaders(source.headers) : headers
  const givenBody = options.body
  const hasBody = givenBody !== undefined && givenBody !== null
  if ((hasBody || (source?.body ?? null) !== null) && (method === "GET" || method === "HEAD")) {
    throw new TypeError("Cannot have a body with the method " + method)
  }
  const signal = readSignal(options.signal, source)
  let body: Body | null = null
  if (hasBody) {
    const extracted = extractBody(givenBody)
    body = extracted.body
    if (body.stream !== undefined) requireHalfDuplex(options, settings)
    if (extracted.type !== null) defaultHeader(own, "content-type", extracted.type)
  } else if (source !== undefined && source.body !== null) {
    body = moveBody(source.body)
  }
  return { method, url, headers: own, body, signal, settings }
}

/** The length of a stream is not known beforehand, and it cannot be sent twice. */
function requireHalfDuplex(options: Readonly<Record<string, unknown>>, settings: Settings): void {
  if (settings.keepalive) throw new TypeError("Cannot use the option keepalive with a stream as the body")
  if (options.duplex === undefined) {
    throw new TypeError('Cannot send a stream as the body: add the option duplex: "half"')
  }
}

function readSettings(options: Readonly<Record<string, unknown>>, from: Settings): Settings {
  const cache = choose(options, "cache", from.cache)
  const credentials = choose(options, "credentials", from.credentials)
  const integrity = options.integrity === undefined ? from.integrity : toDOMString(options.integrity)
  const keepalive = options.keepalive === undefined ? from.keepalive : !!options.keepalive
  if (options.mode === "navigate") throw new TypeError('Cannot use the mode "navigate"')
  const mode = choose(options, "mode", from.mode)
  if (cache === "only-if-cached" && mode !== "same-origin") {
    throw new TypeError('Cannot use the cache mode "only-if-cached": the mode must be "same-origin"')
  }
  const redirect = choose(options, "redirect", from.redirect)
  const referrer = options.referrer === undefined ? from.referrer : readReferrer(toUSVString(options.referrer))
  const referrerPolicy = choose(options, "referrerPolicy", from.referrerPolicy)
  if (options.duplex !== undefined && toDOMString(options.duplex) !== "half") {
    throw new TypeError('Cannot use the option duplex: it must be "half"')
  }
  return { cache, credentials, integrity, keepalive, mode, redirect, referrer, referrerPolicy }
}

function choose(options: Readonly<Record<string, unknown>>, name: string, otherwise: string): string {
  const given = options[name]
  if (given === undefined) return otherwise
  const value = toDOMString(given)
  if (indexOf(value, " ") < 0 && indexOf(choices[name] as string, " " + value + " ") >= 0) return value
  throw new TypeError('Cannot use "' + value + '" as ' + name + " of a Request: it is none of its values")
}

function readReferrer(text: string): string {
  if (text === "" || text === "about:client") return text
  return parseUrl(text).href
}

function parseRequestUrl(text: string): string {
  const record = parseUrl(text)
  if (record.username !== "" || record.password !== "") {
    throw new TypeError("Cannot use a URL with credentials in a Request: send them in a header")
  }
  return record.href
}

function toMethod(method: string): string {
  if (!isToken(method)) throw new TypeError('Cannot use the method "' + method + '": it is not an HTTP token')
  const upper = toUpperCase(method)
  if (upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") {
    throw new TypeError('Cannot use the method "' + method + '": it is forbidden')
  }
  const known = indexOf(" DELETE GET HEAD OPTIONS POST PUT ", " " + upper + " ") >= 0
  return known ? upper : method
}

function readSignal(given: unknown, source: RequestState | undefined): () => AbortSignal {
  if (given === undefined) {
    return source === undefined ? createSignal : () => followSignals([signalOf(source)])
  }
  if (given === null) return createSignal
  if (!isSignal(given)) throw new TypeError("Cannot use the signal of a Request: it is not an AbortSignal")
  return () => followSignals([given])
}
