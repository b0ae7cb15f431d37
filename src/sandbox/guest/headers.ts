import { forEachPair, type Pairs, pairIterators } from "./pair-iterator.ts"
import { arraySort, create, getOwnPropertyDescriptor, ownKeys, regExpExec, slice, toLowerCase } from "./primordials.ts"
import { asInterface, defineAlias, illegalInvocation, requireArguments, toDOMString } from "./webidl.ts"

/** Who may change headers: nobody where they are immutable. */
type Guard = "none" | "immutable"

interface HeadersState {
  /** Lower-case names with their values, in the order of their arrival. */
  list: [string, string][]
  guard: Guard
  sorted: Pairs | undefined
}

let stateOf: (headers: Headers) => HeadersState
let hasState: (value: object) => boolean

/** `Headers`. */
export class Headers {
  readonly #state: HeadersState = { list: [], guard: "none", sorted: undefined }

  static {
    stateOf = (headers) => headers.#state
    hasState = (value) => #state in value
  }

  constructor(init: unknown = undefined) {
    if (init !== undefined) fillHeaders(this, init)
  }

  append(name: string, value: string): void {
    const state = headersState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "Headers.append")
    append(state, toByteString(name), toByteString(value))
  }
  delete(name: string): void {
    const state = headersState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "Headers.delete")
    const key = toName(toByteString(name))
    checkGuard(state)
    remove(state, key)
  }
  get(name: string): string | null {
    const state = headersState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "Headers.get")
    return combined(state, toName(toByteString(name)))
  }
  getSetCookie(): string[] {
    const { list } = headersState(this)
    const values: string[] = []
    for (let index = 0; index < list.length; index++) {
      const { 0: name, 1: value } = list[index] as [string, string]
      if (name === "set-cookie") values[values.length] = value
    }
    return values
  }
  has(name: string): boolean {
    const state = headersState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "Headers.has")
    return combined(state, toName(toByteString(name))) !== null
  }
  set(name: string, value: string): void {
    const state = headersState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "Headers.set")
    const key = toName(toByteString(name))
    const text = toValue(toByteString(value), key)
    checkGuard(state)
    set(state, key, text)
  }
  forEach(callback: unknown, thisValue: unknown = undefined): void {
    const state = headersState(this)
    forEachPair(this, () => sortedPairs(state), callback, thisValue)
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
  declare [Symbol.iterator]: () => IterableIterator<[string, string]>
}
asInterface(Headers, "Headers", (headers: Headers) => toRecord(sortedPairs(stateOf(headers))))
defineAlias(Headers.prototype, "entries", Symbol.iterator)

const iterate = pairIterators<Headers>("Headers", (headers) => sortedPairs(stateOf(headers)))

/** Headers from pairs that the host sent: valid, of any case. */
export function createHeaders(pairs: Pairs, guard: Guard): Headers {
  const headers = new Headers()
  const state = stateOf(headers)
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index] as readonly [string, string]
    state.list[index] = [toLowerCase(pair[0]), pair[1]]
  }
  state.guard = guard
  return headers
}

/** A copy of headers, open to changes. */
export function copyHeaders(headers: Headers, guard: Guard = "none"): Headers {
  return createHeaders(stateOf(headers).list, guard)
}

/** The headers as the host takes them. */
export function headerPairs(headers: Headers): Pairs {
  return stateOf(headers).list
}

/** The value of one header, by its lower-case name. */
export function headerValue(headers: Headers, name: string): string | null {
  return combined(stateOf(headers), name)
}

/** Adds a header where there is none of its (lower-case) name. */
export function defaultHeader(headers: Headers, name: string, value: string): void {
  const state = stateOf(headers)
  if (combined(state, name) === null) set(state, name, value)
}

/** Adds what an author gave as headers: others, pairs, or a record. */
export function fillHeaders(headers: Headers, init: unknown): void {
  const state = stateOf(headers)
  if ((typeof init !== "object" && typeof init !== "function") || init === null) {
    throw new TypeError("Headers must be an object, or a list of pairs")
  }
  const iterator = (init as { [Symbol.iterator]?: unknown })[Symbol.iterator]
  if (iterator !== undefined && iterator !== null) {
    fillFromPairs(state, init as Iterable<Iterable<unknown>>)
    return
  }
  const pairs: [string, string][] = []
  for (const key of ownKeys(init)) {
    if (!getOwnPropertyDescriptor(init, key)?.enumerable) continue
    pairs[pairs.length] = [toByteString(key), toByteString((init as Record<PropertyKey, unknown>)[key])]
  }
  for (let index = 0; index < pairs.length; index++) {
    const { 0: name, 1: value } = pairs[index] as [string, string]
    append(state, name, value)
  }
}

/** A string whose characters are bytes. */
export function toByteString(value: unknown): string {
  const text = toDOMString(value)
  if (regExpExec(notBytes, text) !== null) throw new TypeError("The text holds a character above U+00FF")
  return text
}

/** Whether a text is a token as HTTP has them: a header's name, a method. */
export function isToken(text: string): boolean {
  return regExpExec(token, text) !== null
}

const notBytes = /[^\0-\xff]/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const notInValues = /[\0\r\n]/
const space = /[\t\n\r ]/

function fillFromPairs(state: HeadersState, init: Iterable<Iterable<unknown>>): void {
  const pairs: [string, string][] = []
  for (const item of init) {
    if ((typeof item !== "object" && typeof item !== "function") || item === null) {
      throw new TypeError("Each header must be a pair of name and value")
    }
    const pair: string[] = []
    for (const part of item) pair[pair.length] = toByteString(part)
    if (pair.length !== 2) throw new TypeError("Each header must be a pair of name and value")
    pairs[pairs.length] = pair as [string, string]
  }
  for (let index = 0; index < pairs.length; index++) {
    const { 0: name, 1: value } = pairs[index] as [string, string]
    append(state, name, value)
  }
}

function append(state: HeadersState, name: string, value: string): void {
  const key = toName(name)
  const text = toValue(value, key)
  checkGuard(state)
  state.list[state.list.length] = [key, text]
  state.sorted = undefined
}

function set(state: HeadersState, key: string, value: string): void {
  const list: [string, string][] = []
  let found = false
  for (let index = 0; index < state.list.length; index++) {
    const pair = state.list[index] as [string, string]
    if (pair[0] !== key) list[list.length] = pair
    else if (!found) list[list.length] = [key, value]
    found ||= pair[0] === key
  }
  if (!found) list[list.length] = [key, value]
  state.list = list
  state.sorted = undefined
}

function remove(state: HeadersState, key: string): void {
  const list: [string, string][] = []
  for (let index = 0; index < state.list.length; index++) {
    const pair = state.list[index] as [string, string]
    if (pair[0] !== key) list[list.length] = pair
  }
  state.list = list
  state.sorted = undefined
}

function combined(state: HeadersState, key: string): string | null {
  let value: string | null = null
  for (let index = 0; index < state.list.length; index++) {
    const pair = state.list[index] as [string, string]
    if (pair[0] === key) value = value === null ? pair[1] : value + ", " + pair[1]
  }
  return value
}

/** By name, each name once with its values combined; cookies stay apart. */
function sortedPairs(state: HeadersState): Pairs {
  if (state.sorted !== undefined) return state.sorted
  const ordered: [string, string][] = []
  for (let index = 0; index < state.list.length; index++) ordered[index] = state.list[index] as [string, string]
  arraySort(ordered, (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
  const pairs: [string, string][] = []
  for (let index = 0; index < ordered.length; index++) {
    const { 0: name, 1: value } = ordered[index] as [string, string]
    const last = pairs[pairs.length - 1]
    if (last !== undefined && last[0] === name && name !== "set-cookie") last[1] = last[1] + ", " + value
    else pairs[pairs.length] = [name, value]
  }
  state.sorted = pairs
  return pairs
}

function toRecord(pairs: Pairs): object {
  const record: Record<string, string> = create(null)
  for (let index = 0; index < pairs.length; index++) {
    const { 0: name, 1: value } = pairs[index] as readonly [string, string]
    record[name] = name in record ? record[name] + ", " + value : value
  }
  return record
}

function toName(name: string): string {
  if (!isToken(name)) throw new TypeError('Cannot use the header name "' + name + '": it is not an HTTP token')
  return toLowerCase(name)
}

function toValue(value: string, key: string): string {
  let from = 0
  let to = value.length
  while (from < to && regExpExec(space, value[from] as string) !== null) from++
  while (to > from && regExpExec(space, value[to - 1] as string) !== null) to--
  const text = slice(value, from, to)
  if (regExpExec(notInValues, text) !== null) {
    throw new TypeError('Cannot use the value of the header "' + key + '": it holds a line break or NUL')
  }
  return text
}

function checkGuard(state: HeadersState): void {
  if (state.guard === "immutable") throw new TypeError("Cannot change these headers: they are immutable")
}

function checked(headers: Headers): Headers {
  headersState(headers)
  return headers
}

function headersState(headers: unknown): HeadersState {
  const valid = typeof headers === "object" && headers !== null && hasState(headers)
  return valid ? stateOf(headers as Headers) : illegalInvocation()
}
