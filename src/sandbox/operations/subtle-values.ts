import { KeyObject, webcrypto } from "node:crypto"
import { types } from "node:util"

type CryptoKey = webcrypto.CryptoKey

/** A value of the guest's or for it, as JSON: what JSON lacks is an object whose member `t` says what it is. */
export type Coded =
  | null
  | boolean
  | number
  | string
  /** Bytes: where in the body they begin, how many they are, and whether the guest had them in a `Uint8Array`. */
  | { readonly t: "bytes"; readonly v: readonly [number, number]; readonly array: boolean }
  | { readonly t: "list"; readonly v: readonly Coded[] }
  | { readonly t: "object"; readonly v: Readonly<Record<string, Coded>> }
  | { readonly t: "key"; readonly v: Readonly<Record<string, Coded>> }

const maxDepth = 6
const maxMembers = 64
const maxModulusLength = 4096

/** Turns what a guest sent into what Node's web crypto takes. All of it is hostile: a wrong shape throws. */
export async function decodeValues(given: readonly unknown[], body: Uint8Array): Promise<readonly unknown[]> {
  const keys: Promise<void>[] = []
  const values = decodeList(given, body, 0, keys)
  await Promise.all(keys)
  return values
}

/** The same without keys, which take a while: what they are made of stands in their places, or nothing does. */
export function decodeKeyless(given: readonly unknown[], body: Uint8Array, parts = false): readonly unknown[] {
  return decodeList(given, body, 0, parts ? "parts" : undefined)
}

type Imports = Promise<void>[] | "parts" | undefined

function decodeList(list: readonly unknown[], body: Uint8Array, depth: number, keys: Imports): unknown[] {
  if (list.length > maxMembers) throw new TypeError("The list has too many members")
  const decoded: unknown[] = []
  for (const [index, item] of list.entries()) decodeInto(decoded, index, item, body, depth, keys)
  return decoded
}

function decodeInto(
  into: object,
  name: string | number,
  coded: unknown,
  body: Uint8Array,
  depth: number,
  keys: Imports,
): void {
  const set = (value: unknown): void => {
    Object.defineProperty(into, name, { ...plain, value })
  }
  if (typeof coded !== "object" || coded === null) {
    set(coded)
    return
  }
  if (depth > maxDepth) throw new TypeError("The argument is nested too deeply")
  const { t: type, v: value, array } = coded as { t?: unknown; v?: unknown; array?: unknown }
  if (type === "number") set(Number(value))
  else if (type === "undefined") set(undefined)
  else if (type === "bytes") {
    const bytes = decodeBytes(value, body)
    set(array === true ? bytes : bytes.buffer)
  } else if (type === "list" && Array.isArray(value)) set(decodeList(value, body, depth + 1, keys))
  else {
    const entries = Object.entries(value ?? {})
    if (entries.length > maxMembers) throw new TypeError("The argument has too many members")
    const members = {}
    for (const [member, item] of entries) decodeInto(members, member, item, body, depth + 1, keys)
    if (type !== "key" || keys === "parts") set(members)
    else keys?.push(importKey(members).then(set))
  }
}

const plain = { writable: true, enumerable: true, configurable: true }

function decodeBytes(place: unknown, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const [start, length] = Array.isArray(place) ? place : []
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(length) || start < 0 || length < 0)
    throw new TypeError("The bytes have no place")
  if (start + length > body.byteLength) throw new TypeError("The bytes are missing")
  return new Uint8Array(body.subarray(start, start + length))
}

/** The guest holds its keys itself, so each operation imports what it needs. */
async function importKey(key: Readonly<Record<string, unknown>>): Promise<CryptoKey> {
  const { type, material, algorithm, extractable, usages } = key
  const name = String((algorithm as { name?: unknown } | undefined)?.name)
  const format =
    type === "public" ? "spki" : type === "private" ? "pkcs8" : rawSecretNames.test(name) ? "raw-secret" : "raw"
  const imported = await webcrypto.subtle.importKey(
    format as "raw",
    material as Uint8Array,
    algorithm as webcrypto.AlgorithmIdentifier,
    extractable === true,
    usages as webcrypto.KeyUsage[],
  )
  checkModulus(imported)
  return imported
}

/** Secrets whose algorithms came after the format "raw" had been renamed. */
const rawSecretNames = /^(?:AES-OCB|ChaCha20|KMAC|Argon2)/

/** Throws for RSA keys whose operations would keep a thread of the host's busy for long. */
export function checkModulus(key: CryptoKey): void {
  const { modulusLength = 0 } = key.algorithm as { modulusLength?: number }
  if (modulusLength > maxModulusLength)
    throw new DOMException(`RSA keys may have ${maxModulusLength} bits`, "NotSupportedError")
}

/** Puts what Node's web crypto answered into JSON and bytes. */
export class ValueEncoder {
  readonly #chunks: Uint8Array[] = []
  readonly #extractable: boolean
  readonly #publicExtractable: boolean
  #length = 0

  /** Whether the secret and private keys among the values, and whether the public ones, may be extracted by the guest's code. */
  constructor(extractable: boolean, publicExtractable: boolean) {
    this.#extractable = extractable
    this.#publicExtractable = publicExtractable
  }

  /** The bytes that the encoded values refer to. */
  get body(): Uint8Array | undefined {
    return this.#length === 0 ? undefined : Buffer.concat(this.#chunks)
  }

  encode(value: unknown): Coded {
    if (value === undefined || value === null) return null
    if (typeof value !== "object") return value as Coded
    if (value instanceof ArrayBuffer) return this.#bytes(new Uint8Array(value), false)
    if (ArrayBuffer.isView(value))
      return this.#bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), true)
    if (isKey(value)) return { t: "key", v: this.#members(this.#describeKey(value)) }
    if (Array.isArray(value)) return { t: "list", v: value.map((item) => this.encode(item)) }
    return { t: "object", v: this.#members(value) }
  }

  #members(object: object): Readonly<Record<string, Coded>> {
    return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, this.encode(value)]))
  }

  #describeKey(key: CryptoKey): object {
    const { type, extractable, algorithm, usages } = key
    const object = KeyObject.from(key)
    const material =
      type === "secret"
        ? object.export()
        : object.export({ format: "der", type: type === "public" ? "spki" : "pkcs8" } as {
            format: "der"
            type: "spki"
          })
    return {
      type,
      extractable: extractable && (type === "public" ? this.#publicExtractable : this.#extractable),
      algorithm: { ...algorithm },
      // Older versions of Node repeat what they were given twice.
      usages: [...new Set(usages)],
      material,
    }
  }

  #bytes(bytes: Uint8Array, array: boolean): Coded {
    const start = this.#length
    this.#chunks.push(bytes)
    this.#length += bytes.byteLength
    return { t: "bytes", v: [start, bytes.byteLength], array }
  }
}

/** Whether a value is a key. */
export function isKey(value: unknown): value is CryptoKey {
  return types.isCryptoKey(value)
}
