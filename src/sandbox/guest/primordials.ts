/*
 * The engine's own methods as they were at boot, callable without a lookup that a function's code could have changed.
 * A method takes its receiver as the first argument: `mapGet(map, key)`.
 */
type Method<Self, Arguments extends readonly unknown[], Result> = (self: Self, ...rest: Arguments) => Result

const { bind, call } = Function.prototype

/** Makes `method.call` into a function of its own. */
export const uncurry: <Self, Arguments extends readonly unknown[], Result>(
  method: (this: Self, ...rest: Arguments) => Result,
) => Method<Self, Arguments, Result> = bind.bind(call) as never

/** The getter of an accessor property, taking its receiver as an argument. */
function uncurryGetter<Result>(prototype: object, name: PropertyKey): (self: unknown) => Result {
  return uncurry(Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => Result)
}

export const { apply, construct, ownKeys }: typeof Reflect = Reflect
export const {
  create,
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  is,
  keys,
  setPrototypeOf,
}: typeof Object = Object
export const { isArray }: typeof Array = Array
export const { isView }: typeof ArrayBuffer = ArrayBuffer
export const { floor, max, min, trunc }: typeof Math = Math
export const { parseFloat: toFloat, parseInt: toInteger }: typeof Number = Number
export const dateNow: () => number = Date.now
export const parse: (text: string) => unknown = JSON.parse
export const stringify: (value: unknown) => string | undefined = JSON.stringify
/** A string as JSON text. No `toJSON` is ever asked for a primitive string. */
export const quote: (text: string) => string = JSON.stringify
export const decodeComponent: (text: string) => string = decodeURIComponent
export const encodeComponent: (text: string) => string = encodeURIComponent

const string = String.prototype
export const charCodeAt: Method<string, [number], number> = uncurry(string.charCodeAt)
export const indexOf: Method<string, [string, number?], number> = uncurry(string.indexOf)
export const padEnd: Method<string, [number, string?], string> = uncurry(string.padEnd)
export const repeat: Method<string, [number], string> = uncurry(string.repeat)
export const slice: Method<string, [number, number?], string> = uncurry(string.slice)
export const split: Method<string, [string], string[]> = uncurry(string.split as (separator: string) => string[])
export const startsWith: Method<string, [string], boolean> = uncurry(string.startsWith)
export const toLowerCase: Method<string, [], string> = uncurry(string.toLowerCase)
export const toUpperCase: Method<string, [], string> = uncurry(string.toUpperCase)
/** Replaces lone surrogates by U+FFFD. */
export const toWellFormed: Method<string, [], string> = uncurry(
  (string as unknown as { toWellFormed(this: string): string }).toWellFormed,
)

export const toFixed: Method<number, [number?], string> = uncurry(Number.prototype.toFixed)

export const arrayJoin: Method<readonly unknown[], [string], string> = uncurry(Array.prototype.join)
export const arraySort: <Item>(items: Item[], compare: (a: Item, b: Item) => number) => Item[] = uncurry(
  Array.prototype.sort,
) as never
export const regExpExec: Method<RegExp, [string], RegExpExecArray | null> = uncurry(RegExp.prototype.exec)

type AnyMap = Map<unknown, unknown>
export const mapClear: Method<AnyMap, [], void> = uncurry(Map.prototype.clear)
export const mapDelete: Method<AnyMap, [unknown], boolean> = uncurry(Map.prototype.delete)
export const mapForEach: <Key, Value>(map: Map<Key, Value>, visit: (value: Value, key: Key) => void) => void = uncurry(
  Map.prototype.forEach,
) as never
export const mapGet: <Key, Value>(map: Map<Key, Value>, key: Key) => Value | undefined = uncurry(
  Map.prototype.get,
) as never
export const mapHas: Method<AnyMap, [unknown], boolean> = uncurry(Map.prototype.has)
export const mapSet: <Key, Value>(map: Map<Key, Value>, key: Key, value: Value) => unknown = uncurry(
  Map.prototype.set,
) as never
export const mapSize: (self: unknown) => number = uncurryGetter(Map.prototype, "size")
export const setAdd: Method<Set<unknown>, [unknown], unknown> = uncurry(Set.prototype.add)
export const setForEach: <Item>(set: Set<Item>, visit: (item: Item) => void) => void = uncurry(
  Set.prototype.forEach,
) as never
export const setSize: (self: unknown) => number = uncurryGetter(Set.prototype, "size")

/** `Promise.prototype.then`; throws a TypeError for what is no native promise. */
export const promiseThen: (
  promise: unknown,
  fulfilled: (value: unknown) => unknown,
  rejected?: (reason: unknown) => unknown,
) => unknown = uncurry(Promise.prototype.then) as never

const typedArray = getPrototypeOf(Uint8Array.prototype) as object
/** `Uint8Array` and so on; undefined for what is no typed array. */
export const typedArrayName: (self: unknown) => string | undefined = uncurryGetter(typedArray, Symbol.toStringTag)
export const typedArrayBuffer: (self: unknown) => ArrayBuffer = uncurryGetter(typedArray, "buffer")
export const typedArrayLength: (self: unknown) => number = uncurryGetter(typedArray, "length")
export const typedArrayByteLength: (self: unknown) => number = uncurryGetter(typedArray, "byteLength")
export const typedArrayByteOffset: (self: unknown) => number = uncurryGetter(typedArray, "byteOffset")
export const typedArraySet: Method<Uint8Array, [ArrayLike<number>, number?], void> = uncurry(Uint8Array.prototype.set)
export const dataViewBuffer: (self: unknown) => ArrayBuffer = uncurryGetter(DataView.prototype, "buffer")
export const dataViewByteLength: (self: unknown) => number = uncurryGetter(DataView.prototype, "byteLength")
export const dataViewByteOffset: (self: unknown) => number = uncurryGetter(DataView.prototype, "byteOffset")
export const bufferLength: (self: unknown) => number = uncurryGetter(ArrayBuffer.prototype, "byteLength")
const sharedBufferLength: (self: unknown) => number = uncurryGetter(SharedArrayBuffer.prototype, "byteLength")

export const arrayBufferDetached: (self: unknown) => boolean = uncurryGetter(ArrayBuffer.prototype, "detached")
export const arrayBufferTransfer: Method<ArrayBuffer, [], ArrayBuffer> = uncurry(
  (ArrayBuffer.prototype as unknown as { transfer(this: ArrayBuffer): ArrayBuffer }).transfer,
)

export const dateTime: Method<unknown, [], number> = uncurry(Date.prototype.getTime) as never
export const dateToISOString: Method<unknown, [], string> = uncurry(Date.prototype.toISOString) as never
export const regExpSource: (self: unknown) => string = uncurryGetter(RegExp.prototype, "source")
export const regExpFlags: (self: unknown) => string = uncurryGetter(RegExp.prototype, "flags")
export const symbolToString: Method<symbol, [], string> = uncurry(Symbol.prototype.toString)
export const objectToString: Method<unknown, [], string> = uncurry(Object.prototype.toString)
export const functionToString: Method<unknown, [], string> = uncurry(Function.prototype.toString) as never
export const hasInChain: Method<object, [unknown], boolean> = uncurry(Object.prototype.isPrototypeOf) as never
export const isError: (value: unknown) => boolean = (Error as unknown as { isError(value: unknown): boolean }).isError
export const objectPrototype: object = Object.prototype

export const isBuffer: (value: unknown) => value is ArrayBuffer = brand(ArrayBuffer, bufferLength) as never
export const isDate: (value: unknown) => value is Date = brand(Date, dateTime) as never
export const isMap: (value: unknown) => value is Map<unknown, unknown> = brand(Map, mapSize) as never
export const isRegExp: (value: unknown) => value is RegExp = brand(RegExp, regExpSource) as never
export const isSet: (value: unknown) => value is Set<unknown> = brand(Set, setSize) as never
export const isSharedBuffer: (value: unknown) => boolean = brand(SharedArrayBuffer, sharedBufferLength)

/**
 * Tells whether a value is of a built-in class, by a method or getter that throws for others. Asking for the prototype
 * first is only for speed: an error costs more than all the rest.
 */
export function brand(
  type: { readonly prototype: object },
  method: (value: unknown) => unknown,
): (value: unknown) => boolean {
  const { prototype } = type
  return (value) => {
    if (!hasInChain(prototype, value)) return false
    try {
      method(value)
      return true
    } catch {
      return false
    }
  }
}
