import { parseUrl, setUrlPart, tryParseUrl, type UrlPart, type UrlRecord } from "./url-record.ts"
import { createParams, replaceParams, type URLSearchParams } from "./url-search-params.ts"
import { asInterface, illegalInvocation, requireArguments, toUSVString } from "./webidl.ts"

interface UrlState {
  record: UrlRecord
  params: URLSearchParams | undefined
}

const fromWithin: unknown = {}
let stateOf: (url: URL) => UrlState
let hasState: (value: object) => boolean

/** `URL`; the host parses and serialises. */
export class URL {
  readonly #state: UrlState

  static {
    stateOf = (url) => url.#state
    hasState = (value) => #state in value
  }

  constructor(url: unknown, base: unknown = undefined) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "URL")
    const record =
      url === fromWithin
        ? (base as UrlRecord)
        : parseUrl(toUSVString(url), base === undefined ? undefined : toUSVString(base))
    this.#state = { record, params: undefined }
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "URL.parse")
    const record = tryParseUrl(toUSVString(url), base === undefined ? undefined : toUSVString(base))
    return record === undefined ? null : new URL(fromWithin, record)
  }
  static canParse(url: unknown, base: unknown = undefined): boolean {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "URL.canParse")
    return tryParseUrl(toUSVString(url), base === undefined ? undefined : toUSVString(base)) !== undefined
  }

  get href(): string {
    return urlState(this).record.href
  }
  set href(value: string) {
    const state = urlState(this)
    change(state, parseUrl(toUSVString(value)))
  }
  get origin(): string {
    return urlState(this).record.origin
  }
  get protocol(): string {
    return urlState(this).record.protocol
  }
  set protocol(value: string) {
    setPart(this, "protocol", value)
  }
  get username(): string {
    return urlState(this).record.username
  }
  set username(value: string) {
    setPart(this, "username", value)
  }
  get password(): string {
    return urlState(this).record.password
  }
  set password(value: string) {
    setPart(this, "password", value)
  }
  get host(): string {
    return urlState(this).record.host
  }
  set host(value: string) {
    setPart(this, "host", value)
  }
  get hostname(): string {
    return urlState(this).record.hostname
  }
  set hostname(value: string) {
    setPart(this, "hostname", value)
  }
  get port(): string {
    return urlState(this).record.port
  }
  set port(value: string) {
    setPart(this, "port", value)
  }
  get pathname(): string {
    return urlState(this).record.pathname
  }
  set pathname(value: string) {
    setPart(this, "pathname", value)
  }
  get search(): string {
    return urlState(this).record.search
  }
  set search(value: string) {
    setPart(this, "search", value)
  }
  get searchParams(): URLSearchParams {
    const state = urlState(this)
    state.params ??= createParams(state.record.search, (query) => {
      state.record = setUrlPart(state.record, "search", query) ?? state.record
    })
    return state.params
  }
  get hash(): string {
    return urlState(this).record.hash
  }
  set hash(value: string) {
    setPart(this, "hash", value)
  }
  toString(): string {
    return urlState(this).record.href
  }
  toJSON(): string {
    return urlState(this).record.href
  }
}
asInterface(URL, "URL", (url: URL) => stateOf(url).record)

function setPart(url: URL, part: UrlPart, value: unknown): void {
  const state = urlState(url)
  const record = setUrlPart(state.record, part, toUSVString(value))
  if (record !== undefined) change(state, record)
}

function change(state: UrlState, record: UrlRecord): void {
  state.record = record
  if (state.params !== undefined) replaceParams(state.params, record.search)
}

function urlState(url: unknown): UrlState {
  const valid = typeof url === "object" && url !== null && hasState(url)
  return valid ? stateOf(url as URL) : illegalInvocation()
}
