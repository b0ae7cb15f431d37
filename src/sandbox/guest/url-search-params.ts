import { filter } from "./filter.ts"
import { forEachPair, pairIterators } from "./pair-iterator.ts"
import { percentDecode, percentEncode } from "./percent.ts"
import { arrayJoin, arraySort, getOwnPropertyDescriptor, indexOf, ownKeys, slice, split } from "./primordials.ts"
import { asInterface, defineAlias, illegalInvocation, requireArguments, toUSVString } from "./webidl.ts"

type Pair = [string, string]

interface ParamsState {
  list: Pair[]
  /** Tells the URL to which the parameters belong. */
  changed: ((query: string) => void) | undefined
}

let stateOf: (params: URLSearchParams) => ParamsState
let hasState: (value: object) => boolean

/** `URLSearchParams`. */
export class URLSearchParams {
  readonly #state: ParamsState = { list: [], changed: undefined }

  static {
    stateOf = (params) => params.#state
    hasState = (value) => #state in value
  }

  constructor(init: unknown = "") {
    this.#state.list =
      (typeof init === "object" && init !== null) || typeof init === "function"
        ? fromObject(init)
        : parseParams(toUSVString(init))
  }

  get size(): number {
    return paramsState(this).list.length
  }
  append(name: string, value: string): void {
    const state = paramsState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "URLSearchParams.append")
    state.list[state.list.length] = [toUSVString(name), toUSVString(value)]
    update(state)
  }
  delete(name: string, value: unknown = undefined): void {
    const state = paramsState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "URLSearchParams.delete")
    const key = toUSVString(name)
    const text = value === undefined ? undefined : toUSVString(value)
    state.list = filter(state.list, (pair) => pair[0] !== key || (text !== undefined && pair[1] !== text))
    update(state)
  }
  get(name: string): string | null {
    const { list } = paramsState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "URLSearchParams.get")
    const key = toUSVString(name)
    for (let index = 0; index < list.length; index++)
      if ((list[index] as Pair)[0] === key) return (list[index] as Pair)[1]
    return null
  }
  getAll(name: string): string[] {
    const { list } = paramsState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "URLSearchParams.getAll")
    const key = toUSVString(name)
    const values: string[] = []
    for (let index = 0; index < list.length; index++) {
      if ((list[index] as Pair)[0] === key) values[values.length] = (list[index] as Pair)[1]
    }
    return values
  }
  has(name: string, value: unknown = undefined): boolean {
    const { list } = paramsState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "URLSearchParams.has")
    const key = toUSVString(name)
    const text = value === undefined ? undefined : toUSVString(value)
    return filter(list, (pair) => pair[0] === key && (text === undefined || pair[1] === text)).length > 0
  }
  set(name: string, value: string): void {
    const state = paramsState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "URLSearchParams.set")
    const key = toUSVString(name)
    const pair: Pair = [key, toUSVString(value)]
    let found = false
    const list: Pair[] = []
    for (let index = 0; index < state.list.length; index++) {
      const other = state.list[index] as Pair
      if (other[0] !== key) list[list.length] = other
      else if (!found) {
        list[list.length] = pair
        found = true
      }
    }
    if (!found) list[list.length] = pair
    state.list = list
    update(state)
  }
  sort(): void {
    const state = paramsState(this)
    arraySort(state.list, (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
    update(state)
  }
  forEach(callback: unknown, thisValue: unknown = undefined): void {
    const state = paramsState(this)
    forEachPair(this, () => state.list, callback, thisValue)
  }
  keys(): IterableIterator<unknown> {
    return iterate(checked(this), "keys")
  }
  values(): IterableIterator<unknown> {
    return iterate(checked(this), "values")
  }
  entries(): IterableIterator<unknown> {
    return iterate(checked(this), "entries")
  }
  toString(): string {
    return serialise(paramsState(this).list)
  }
  declare [Symbol.iterator]: () => IterableIterator<[string, string]>
}
asInterface(URLSearchParams, "URLSearchParams", (params: URLSearchParams) => ({ query: serialiseParams(params) }))
defineAlias(URLSearchParams.prototype, "entries", Symbol.iterator)

const iterate = pairIterators<URLSearchParams>("URLSearchParams", (params) => stateOf(params).list)

/** Whether a value is URLSearchParams. */
export function isSearchParams(value: object): value is URLSearchParams {
  return hasState(value)
}

/** Parameters as `application/x-www-form-urlencoded`. */
export function serialiseParams(params: URLSearchParams): string {
  return serialise(stateOf(params).list)
}

/** The parameters as pairs, which the caller may keep of parameters that nobody else holds. */
export function searchPairs(params: URLSearchParams): Pair[] {
  return stateOf(params).list
}

/** The parameters of a URL, which hears of their changes. */
export function createParams(query: string, changed: (query: string) => void): URLSearchParams {
  const params = new URLSearchParams(query)
  stateOf(params).changed = changed
  return params
}

/** Replaces the parameters by those of a query, without telling the URL. */
export function replaceParams(params: URLSearchParams, query: string): void {
  stateOf(params).list = parseParams(query)
}

function update(state: ParamsState): void {
  state.changed?.(serialise(state.list))
}

function parseParams(query: string): Pair[] {
  const list: Pair[] = []
  const parts = split(query[0] === "?" ? slice(query, 1) : query, "&")
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as string
    if (part === "") continue
    const at = indexOf(part, "=")
    const name = at < 0 ? part : slice(part, 0, at)
    list[list.length] = [percentDecode(name), at < 0 ? "" : percentDecode(slice(part, at + 1))]
  }
  return list
}

function serialise(list: readonly Pair[]): string {
  const parts: string[] = []
  for (let index = 0; index < list.length; index++) {
    const pair = list[index] as Pair
    parts[index] = percentEncode(pair[0]) + "=" + percentEncode(pair[1])
  }
  return arrayJoin(parts, "&")
}

function fromObject(init: object): Pair[] {
  const list: Pair[] = []
  const iterator = (init as { [Symbol.iterator]?: unknown })[Symbol.iterator]
  if (iterator !== undefined && iterator !== null) {
    for (const item of init as Iterable<Iterable<unknown>>) {
      if ((typeof item !== "object" && typeof item !== "function") || item === null) {
        throw new TypeError("Each parameter must be a pair of name and value")
      }
      const pair: string[] = []
      for (const part of item) pair[pair.length] = toUSVString(part)
      if (pair.length !== 2) throw new TypeError("Each parameter must be a pair of name and value")
      list[list.length] = pair as Pair
    }
    return list
  }
  // Names that become equal when lone surrogates are replaced count once, with the last value.
  const names = ownKeys(init)
  for (let index = 0; index < names.length; index++) {
    const key = names[index] as string
    if (!getOwnPropertyDescriptor(init, key)?.enumerable) continue
    const name = toUSVString(key)
    const value = toUSVString((init as Record<string, unknown>)[key])
    const known = filter(list, (pair) => pair[0] === name)[0]
    if (known === undefined) list[list.length] = [name, value]
    else known[1] = value
  }
  return list
}

function checked(params: URLSearchParams): URLSearchParams {
  paramsState(params)
  return params
}

function paramsState(params: unknown): ParamsState {
  const valid = typeof params === "object" && params !== null && hasState(params)
  return valid ? stateOf(params as URLSearchParams) : illegalInvocation()
}
