import { createHash, createHmac, hkdfSync, pbkdf2Sync, timingSafeEqual } from "node:crypto"
import { type Coded, decodeKeyless, ValueEncoder } from "./subtle-values.ts"

/** What is so little work that it is done in the sandbox's thread, as the call's CPU time. */
const maxInputBytes = 64 * 1024
const maxIterations = 2000
const maxDerivedBytes = 1024

interface Hash {
  readonly name: string
  readonly node: string
  readonly blockBits: number
}

const hashes: Readonly<Record<string, Hash>> = {
  "SHA-1": { name: "SHA-1", node: "sha1", blockBits: 512 },
  "SHA-256": { name: "SHA-256", node: "sha256", blockBits: 512 },
  "SHA-384": { name: "SHA-384", node: "sha384", blockBits: 1024 },
  "SHA-512": { name: "SHA-512", node: "sha512", blockBits: 1024 },
}

const ciphering = ["encrypt", "decrypt", "wrapKey", "unwrapKey"]
const deriving = ["deriveKey", "deriveBits"]
/** Kinds of secret keys, and what they may be used for. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  "AES-CBC": ciphering,
  "AES-CTR": ciphering,
  "AES-GCM": ciphering,
  "AES-KW": ["wrapKey", "unwrapKey"],
  HKDF: deriving,
  HMAC: ["sign", "verify"],
  PBKDF2: deriving,
}

type Fields = Readonly<Record<string, unknown>>

/** A secret key that a guest holds. */
interface SecretKey {
  readonly type: "secret"
  readonly extractable: boolean
  readonly algorithm: Fields & { readonly name: string }
  readonly usages: readonly string[]
  readonly material: Uint8Array
}

/**
 * Performs a small operation with secret keys at once; undefined for every other, and for whatever is to fail: that goes the
 * long way. What is given is the guest's. Bytes are the result themselves, anything else is JSON.
 */
export function performNow(input: unknown, body: Uint8Array): Uint8Array | string | undefined {
  if (!Array.isArray(input) || body.byteLength > maxInputBytes) return undefined
  const [method, ...given] = input
  const perform = typeof method === "string" && Object.hasOwn(operations, method) ? operations[method] : undefined
  if (!perform) return undefined
  try {
    const result = perform(decodeKeyless(given, body, true))
    if (result === undefined || result instanceof Uint8Array) return result
    const encoder = new ValueEncoder(true, true)
    const value = typeof result === "boolean" ? result : encodeKey(encoder, result)
    return JSON.stringify({ value, bytes: [...(encoder.body ?? [])] })
  } catch {
    return undefined
  }
}

const operations: Readonly<
  Record<string, (given: readonly unknown[]) => Uint8Array | SecretKey | boolean | undefined>
> = {
  digest([algorithm, data]) {
    const hash = hashOf(algorithm)
    return hash && createHash(hash.node).update(toBytes(data)).digest()
  },
  importKey([format, data, algorithm, extractable, usages]) {
    if (format !== "raw" || !isBytes(data)) return undefined
    return makeKey(toBytes(data), algorithm, extractable, usages)
  },
  exportKey([format, key]) {
    if (format !== "raw" || !isSecret(key) || !key.extractable) return undefined
    return key.material
  },
  deriveBits([algorithm, key, length]) {
    return typeof length === "number" && length % 8 === 0 ? derive(algorithm, key, "deriveBits", length / 8) : undefined
  },
  deriveKey([algorithm, key, derived, extractable, usages]) {
    const length = lengthOf(derived)
    const material = length === undefined ? undefined : derive(algorithm, key, "deriveKey", length / 8)
    return material && makeKey(material, derived, extractable, usages)
  },
  sign([algorithm, key, data]) {
    return mac(algorithm, key, "sign", data)
  },
  verify([algorithm, key, signature, data]) {
    const expected = mac(algorithm, key, "verify", data)
    const given = toBytes(signature)
    return expected && (expected.byteLength === given.byteLength ? timingSafeEqual(expected, given) : false)
  },
}

function derive(algorithm: unknown, key: unknown, usage: string, bytes: number): Uint8Array | undefined {
  const { hash: given, salt, info, iterations } = algorithm as Fields
  const name = nameOf(algorithm)
  const hash = hashOf(given)
  if (!isSecret(key) || key.algorithm.name !== name || !key.usages.includes(usage)) return undefined
  if (!hash || !isBytes(salt) || !(bytes > 0 && bytes <= maxDerivedBytes)) return undefined
  if (name === "HKDF" && isBytes(info))
    return new Uint8Array(hkdfSync(hash.node, key.material, toBytes(salt), toBytes(info), bytes))
  const rounds = Number(iterations)
  if (name !== "PBKDF2" || !Number.isSafeInteger(rounds) || rounds < 1) return undefined
  if (rounds * Math.ceil(bytes / 20) > maxIterations) return undefined
  return pbkdf2Sync(key.material, toBytes(salt), rounds, bytes, hash.node)
}

function mac(algorithm: unknown, key: unknown, usage: string, data: unknown): Uint8Array | undefined {
  if (nameOf(algorithm) !== "HMAC" || !isSecret(key) || key.algorithm.name !== "HMAC") return undefined
  const hash = hashOf(key.algorithm.hash)
  if (!hash || !key.usages.includes(usage)) return undefined
  return createHmac(hash.node, key.material).update(toBytes(data)).digest()
}

function makeKey(
  material: Uint8Array,
  algorithm: unknown,
  extractable: unknown,
  usages: unknown,
): SecretKey | undefined {
  const name = nameOf(algorithm)
  const allowed = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (!allowed || !Array.isArray(usages) || usages.length === 0) return undefined
  if (!usages.every((usage) => allowed.includes(usage))) return undefined
  const bits = material.byteLength * 8
  let full: SecretKey["algorithm"] = { name }
  if (name === "HMAC") {
    const { hash: given, length } = algorithm as Fields
    const hash = hashOf(given)
    if (!hash || bits === 0 || (length !== undefined && length !== bits)) return undefined
    full = { name, hash: { name: hash.name }, length: bits }
  } else if (allowed === deriving) {
    if (extractable !== false) return undefined
  } else {
    if (bits !== 128 && bits !== 192 && bits !== 256) return undefined
    full = { name, length: bits }
  }
  return { type: "secret", extractable: extractable === true, algorithm: full, usages: [...new Set(usages)], material }
}

/** How many bits a derived key has. */
function lengthOf(algorithm: unknown): number | undefined {
  const name = nameOf(algorithm)
  const { hash, length } = algorithm as Fields
  if (name === "HMAC" && length === undefined) return hashOf(hash)?.blockBits
  return typeof length === "number" && length % 8 === 0 && kinds[name] !== deriving ? length : undefined
}

function encodeKey(encoder: ValueEncoder, key: SecretKey): Coded {
  const { v } = encoder.encode(key) as { readonly v: Readonly<Record<string, Coded>> }
  return { t: "key", v }
}

function hashOf(algorithm: unknown): Hash | undefined {
  const name = nameOf(algorithm)
  return Object.hasOwn(hashes, name) ? hashes[name] : undefined
}

function nameOf(algorithm: unknown): string {
  const name = typeof algorithm === "object" && algorithm !== null ? (algorithm as Fields).name : algorithm
  return typeof name === "string" ? name.toUpperCase() : ""
}

function isSecret(key: unknown): key is SecretKey {
  const { type, material } = (key ?? {}) as Partial<SecretKey>
  return type === "secret" && material instanceof Uint8Array
}

function isBytes(value: unknown): value is ArrayBuffer | Uint8Array {
  return value instanceof ArrayBuffer || value instanceof Uint8Array
}

function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw new TypeError("Cannot use what is no bytes")
}
