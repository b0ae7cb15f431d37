import { createPublicKey, KeyObject, webcrypto } from "node:crypto"
import { isKey } from "./subtle-values.ts"

type CryptoKey = webcrypto.CryptoKey
type Values = readonly unknown[]
type Subtle = Readonly<Record<string, ((...values: unknown[]) => Promise<unknown>) | undefined>>

const subtle = webcrypto.subtle as unknown as Subtle
/** Node before 24.7 knows less of the standard than is written today. */
const isOlder = !("encapsulateBits" in webcrypto.subtle)

/** Where a method takes the uses of the key that it makes, and the algorithm that the key is for. */
const usagePlaces: Readonly<Record<string, readonly [usages: number, algorithm: number]>> = {
  deriveKey: [4, 2],
  generateKey: [2, 0],
  importKey: [4, 2],
  unwrapKey: [6, 4],
}
const newUsages: readonly unknown[] = ["encapsulateKey", "encapsulateBits", "decapsulateKey", "decapsulateBits"]
const formatMethods: readonly string[] = ["exportKey", "importKey", "unwrapKey", "wrapKey"]
const signing = /^(?:HMAC|ECDSA|Ed|RSASSA|RSA-PSS)/i
const pairs = /^(?:EC|Ed|X)/i

/** Calls a method of Node's web crypto; older versions as if they were new, except for algorithms that they don't have. */
export async function callSubtle(method: string, given: Values): Promise<unknown> {
  const values = isOlder ? translate(method, given) : given
  if (method === "getPublicKey" && !subtle.getPublicKey) return publicKeyOf(values)
  const call = subtle[method]
  if (!call) throw new DOMException("This version of Node has no such operation", "NotSupportedError")
  return call.apply(subtle, [...values])
}

function translate(method: string, given: Values): Values {
  const values = [...given]
  const [usages, algorithm] = usagePlaces[method] ?? []
  if (usages !== undefined && Array.isArray(values[usages])) {
    // None of its algorithms has these uses. One that this algorithm has not either is refused in the same way.
    const other = signing.test(nameOf(values[algorithm as number])) ? "encrypt" : "sign"
    values[usages] = values[usages].map((usage) => (newUsages.includes(usage) ? other : usage))
  }
  if (formatMethods.includes(method)) values[0] = olderFormat(method, values)
  return values
}

/** "raw" stood for what has two names today. */
function olderFormat(method: string, values: Values): unknown {
  const [format] = values
  if (format !== "raw-secret" && format !== "raw-public") return format
  const [, second, third, , fifth] = values
  const key = isKey(second) ? second.algorithm : third
  const name = nameOf(method === "unwrapKey" ? fifth : method === "importKey" ? third : key)
  if (pairs.test(name) === (format === "raw-public") && !name.startsWith("RSA")) return "raw"
  throw new DOMException(`Keys of ${name} have no format "${format}"`, "NotSupportedError")
}

async function publicKeyOf([key, usages]: Values): Promise<unknown> {
  const { algorithm, type } = key as CryptoKey
  if (type === "secret") throw new DOMException("A secret key has no public key", "NotSupportedError")
  if (type !== "private") throw new DOMException("The key must be a private one", "InvalidAccessError")
  const data = createPublicKey(KeyObject.from(key as CryptoKey) as never).export({ format: "der", type: "spki" })
  return webcrypto.subtle.importKey("spki", data, algorithm, true, usages as webcrypto.KeyUsage[])
}

function nameOf(algorithm: unknown): string {
  return String(
    typeof algorithm === "object" && algorithm !== null ? (algorithm as { name?: unknown }).name : algorithm,
  )
}
