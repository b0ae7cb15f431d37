import { copyBytes, viewBytes } from "../../bytes.ts"
import {
  isArray,
  keys,
  quote,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayName,
  typedArraySet,
} from "../../primordials.ts"
import { toDOMString } from "../../webidl.ts"
import { type KeyParts, keyParts, makeKey, setOwn } from "./crypto-key.ts"

/** The members of all dictionaries that web crypto knows, keys in JSON form among them. */
const members = [
  "additionalData",
  "alg",
  "associatedData",
  "context",
  "counter",
  "crv",
  "customization",
  "d",
  "domainSeparation",
  "dp",
  "dq",
  "e",
  "ext",
  "functionName",
  "hash",
  "info",
  "iterations",
  "iv",
  "k",
  "key_ops",
  "kty",
  "label",
  "length",
  "memory",
  "modulusLength",
  "n",
  "name",
  "namedCurve",
  "nonce",
  "oth",
  "outputLength",
  "p",
  "parallelism",
  "passes",
  "priv",
  "pub",
  "public",
  "publicExponent",
  "q",
  "qi",
  "r",
  "salt",
  "saltLength",
  "secretValue",
  "t",
  "tagLength",
  "use",
  "version",
  "x",
  "y",
]

/** Puts arguments into JSON and bytes, as the host reads them. */
export class ValueWriter {
  readonly #chunks: Uint8Array[] = []
  #length = 0

  /** The bytes that the written values refer to. */
  bytes(): ArrayBuffer | undefined {
    if (this.#length === 0) return undefined
    const all = new Uint8Array(this.#length)
    let at = 0
    for (let index = 0; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] as Uint8Array
      typedArraySet(all, chunk, at)
      at += typedArrayByteLength(chunk)
    }
    return typedArrayBuffer(all)
  }

  write(value: unknown, depth = 0): string {
    if (value === undefined) return '{"t":"undefined"}'
    if (value === null) return "null"
    if (typeof value === "boolean") return value ? "true" : "false"
    if (typeof value === "number") return '{"t":"number","v":' + quote("" + value) + "}"
    if (typeof value === "string") return quote(value)
    if (typeof value !== "object" && typeof value !== "function")
      throw new TypeError("Cannot use a " + typeof value + " in crypto.subtle")
    if (depth > 5) throw new TypeError("The argument is nested too deeply")
    const parts = keyParts(value)
    if (parts !== undefined) return this.#writeKey(parts, depth)
    const bytes = argumentBytes(value)
    if (bytes !== undefined) return this.#writeBytes(bytes, typedArrayName(value) === "Uint8Array")
    if (isArray(value)) return this.writeList(value, depth)
    let text = ""
    for (let index = 0; index < members.length; index++) {
      const name = members[index] as string
      const member = (value as Record<string, unknown>)[name]
      if (member !== undefined) text += (text === "" ? "" : ",") + quote(name) + ":" + this.write(member, depth + 1)
    }
    return '{"t":"object","v":{' + text + "}}"
  }

  writeList(list: ArrayLike<unknown>, depth = 0): string {
    let text = ""
    for (let index = 0; index < list.length; index++) {
      if (index > 0) text += ","
      text += this.write(list[index], depth + 1)
    }
    return '{"t":"list","v":[' + text + "]}"
  }

  /** Any sequence of strings, by its iterator. */
  writeStrings(value: unknown): string {
    if ((typeof value !== "object" && typeof value !== "function") || value === null)
      throw new TypeError("The usages must be a list")
    const list: string[] = []
    for (const item of value as Iterable<unknown>) list[list.length] = toDOMString(item)
    return this.writeList(list)
  }

  #writeKey({ type, extractable, algorithm, usages, material }: KeyParts, depth: number): string {
    return (
      '{"t":"key","v":{"type":' +
      quote(type) +
      ',"extractable":' +
      extractable +
      ',"algorithm":' +
      this.write(algorithm, depth + 1) +
      ',"usages":' +
      this.writeList(usages, depth + 1) +
      ',"material":' +
      this.#writeBytes(material, true) +
      "}}"
    )
  }

  #writeBytes(bytes: Uint8Array, array: boolean): string {
    const length = typedArrayByteLength(bytes)
    const start = this.#length
    // Reading the next argument may change or take these.
    this.#chunks[this.#chunks.length] = new Uint8Array(copyBytes(bytes))
    this.#length += length
    return '{"t":"bytes","v":[' + start + "," + length + '],"array":' + array + "}"
  }
}

/** The bytes of a buffer or a view, none where they have been taken; undefined for anything else. */
export function argumentBytes(value: unknown): Uint8Array | undefined {
  try {
    return viewBytes(value)
  } catch {
    return new Uint8Array(0)
  }
}

/** Makes values of what the host answered. */
export function readValue(coded: unknown, body: ArrayBuffer | undefined): unknown {
  if (typeof coded !== "object" || coded === null) return coded
  const { t: type, v: value, array } = coded as { t: string; v: unknown; array?: boolean }
  if (type === "bytes") {
    const [start, length] = value as [number, number]
    const bytes = new Uint8Array(copyBytes(new Uint8Array(body ?? new ArrayBuffer(0), start, length)))
    return array ? bytes : typedArrayBuffer(bytes)
  }
  const read = (type === "list" ? [] : {}) as Record<string, unknown>
  const names = keys(value as object)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    setOwn(read, name, readValue((value as Record<string, unknown>)[name], body))
  }
  return type === "key" ? makeKey(read as unknown as KeyParts) : read
}
