import { defineProperty, floor, getOwnPropertyDescriptor, ownKeys, toWellFormed, trunc } from "./primordials.ts"

/** The global object, kept against a function that replaces `globalThis`. */
export const globalObject: typeof globalThis = globalThis

/** Throws for a receiver of the wrong kind. */
export function illegalInvocation(): never {
  throw new TypeError("Illegal invocation")
}

/** Throws for a class that code may not construct. */
export function illegalConstructor(): never {
  throw new TypeError("Illegal constructor")
}

/** Throws where a call has fewer arguments than it needs. */
export function requireArguments(given: ArrayLike<unknown>, wanted: number, what: string): void {
  if (given.length >= wanted) return
  throw new TypeError(
    "Cannot call " +
      what +
      ": " +
      wanted +
      " argument" +
      (wanted > 1 ? "s" : "") +
      " required, " +
      given.length +
      " present",
  )
}

/** A value as a string. Written without a template: the engine makes those by a method that code can replace. */
export function toDOMString(value: unknown): string {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a symbol to a string")
  return String(value)
}

/** A value as a string without lone surrogates. */
export function toUSVString(value: unknown): string {
  return toWellFormed(toDOMString(value))
}

/** A dictionary argument: an object, or nothing. */
export function toDictionary(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return empty
  if (typeof value !== "object" && typeof value !== "function") throw new TypeError(what + " must be an object")
  return value as Record<string, unknown>
}

const empty: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null))

/** A whole number between 0 and a maximum; what lies outside throws (`[EnforceRange]`). */
export function enforceRange(value: unknown, maximum: number, what: string): number {
  const number = trunc(+(value as number))
  if (!(number >= 0 && number <= maximum)) throw new TypeError(what + " must be between 0 and " + maximum)
  return number + 0
}

/** A number modulo 2^16, as `unsigned short` without `[EnforceRange]`. */
export function toUnsignedShort(value: unknown): number {
  const number = +(value as number)
  if (!(number > Number.NEGATIVE_INFINITY && number < Number.POSITIVE_INFINITY)) return 0
  const whole = trunc(number)
  return whole - floor(whole / 65536) * 65536
}

/** What an object of a web interface shows of itself in a log. */
type Describe = (value: never) => object

/** The prototypes of all web interfaces, with what their objects show. */
export const interfaces = new Map<object, Describe>()

/** Makes a class a web interface: its name, its tag, enumerable members. Code minifiers rename classes. */
export function asInterface<Class extends object>(type: Class, name: string, describe: Describe = () => ({})): Class {
  const prototype = (type as { prototype?: object }).prototype as object
  interfaces.set(prototype, describe)
  defineProperty(type, "name", { value: name, configurable: true })
  makeEnumerable(type, true)
  makeEnumerable(prototype, false)
  defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true })
  return type
}

/** Gives a member of a prototype a second, not enumerable name: the very same function. */
export function defineAlias(prototype: object, from: string, to: PropertyKey): void {
  const value: unknown = getOwnPropertyDescriptor(prototype, from)?.value
  defineProperty(prototype, to, { value, writable: true, enumerable: false, configurable: true })
}

/** Adds something to the global object, or to one of its own, as built-ins are: not enumerable. */
export function defineGlobal(name: PropertyKey, value: unknown, on: object = globalObject): void {
  defineProperty(on, name, { value, writable: true, enumerable: false, configurable: true })
}

function makeEnumerable(object: object, isConstructor: boolean): void {
  for (const key of ownKeys(object)) {
    if (typeof key === "symbol" || key === "constructor") continue
    if (isConstructor && (key === "name" || key === "length" || key === "prototype")) continue
    const property = getOwnPropertyDescriptor(object, key)
    if (property?.configurable) defineProperty(object, key, { ...property, enumerable: true })
  }
}
