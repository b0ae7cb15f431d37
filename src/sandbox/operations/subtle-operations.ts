import { poolPlaces } from "./pool-places.ts"
import { callSubtle } from "./subtle-of-node.ts"
import { checkModulus, decodeKeyless, decodeValues, isKey, ValueEncoder } from "./subtle-values.ts"

/** The answer to an operation of `crypto.subtle`. */
export interface SubtleAnswer {
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string }
  readonly body?: Uint8Array | undefined
}

const maxInputBytes = 10 * 1024 * 1024
const maxOutputBits = maxInputBytes * 8
/** Rounds of a password hash for each 256 bits that it gives. */
const maxIterations = 2_000_000
/** Kilobytes times passes of a memory-hard password hash. */
const maxMemoryPasses = 256 * 1024
const maxRsaModulus = 4096

/** Names that some versions of Node give to errors, and the standard's. */
const renamed: Readonly<Record<string, string>> = { InvalidAccessException: "InvalidAccessError" }

const methods: ReadonlySet<string> = new Set([
  "decapsulateBits",
  "decapsulateKey",
  "decrypt",
  "deriveBits",
  "deriveKey",
  "digest",
  "encapsulateBits",
  "encapsulateKey",
  "encrypt",
  "exportKey",
  "generateKey",
  "getPublicKey",
  "importKey",
  "sign",
  "unwrapKey",
  "verify",
  "wrapKey",
])

/** Where a method is told whether the key that it makes may be extracted. The guest keeps the key, so its bytes are asked for. */
const extractablePlace: Readonly<Record<string, number>> = {
  decapsulateKey: 4,
  deriveKey: 3,
  encapsulateKey: 3,
  generateKey: 1,
  importKey: 3,
  unwrapKey: 5,
}

/** Performs one operation when its owner's turn comes; `isWanted` tells whether the call still waits for it. */
export function performSubtle(
  owner: string,
  fields: Readonly<Record<string, unknown>>,
  body: Uint8Array | undefined,
  isWanted: () => boolean,
  settle: (answer: SubtleAnswer) => void,
): void {
  poolPlaces.add(owner, async () => {
    if (isWanted()) settle(await answerSubtle(fields, body ?? new Uint8Array(0)))
  })
}

async function answerSubtle(fields: Readonly<Record<string, unknown>>, body: Uint8Array): Promise<SubtleAnswer> {
  try {
    const { method, given } = fields
    if (typeof method !== "string" || !methods.has(method) || !Array.isArray(given) || given.length > 7)
      throw new DOMException("This version of the host has no such operation", "NotSupportedError")
    if (body.byteLength > maxInputBytes)
      throw new DOMException("The operation is given more than 10 MB", "OperationError")
    const values = await decodeValues(given, body)
    for (const value of values) checkWork(value, values)
    const at = extractablePlace[method]
    const extractable = at === undefined || values[at] === true
    const result = await callSubtle(method, withPlace(values, at, true)).catch((error: unknown) => {
      // Some kinds of keys, and keys in JSON form that say so, may never be extracted.
      if (extractable || !/^(?:Syntax|Data)Error$/.test((error as Error).name)) throw error
      return callSubtle(method, values)
    })
    if (isKey(result)) checkModulus(result)
    const encoder = new ValueEncoder(extractable, isKey(result) ? extractable : true)
    return { value: encoder.encode(result), body: encoder.body }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error("The operation failed")
    const known = error instanceof DOMException || name === "TypeError"
    return {
      error: { name: known ? (renamed[name] ?? name) : "OperationError", message: message || "The operation failed" },
    }
  }
}

function withPlace(values: readonly unknown[], at: number | undefined, value: unknown): readonly unknown[] {
  return at === undefined ? values : values.with(at, value)
}

/** Refuses parameters that would keep a thread of the host's busy for long. */
function checkWork(value: unknown, all: readonly unknown[]): void {
  if (typeof value !== "object" || value === null || isKey(value) || ArrayBuffer.isView(value)) return
  const { iterations, memory, passes, parallelism, modulusLength, outputLength, length } = value as Record<
    string,
    unknown
  >
  const bits = Math.max(256, ...all.map((one) => (typeof one === "number" ? one : lengthOf(one))))
  const tooMuch =
    Number(iterations) * (bits / 256) > maxIterations ||
    Number(memory) * Math.max(1, Number(passes)) > maxMemoryPasses ||
    Number(parallelism) > 16 ||
    Number(modulusLength) > maxRsaModulus ||
    Number(outputLength) > maxOutputBits ||
    Number(length) > maxOutputBits
  if (tooMuch) throw new DOMException("The parameters ask for more work than a call may", "OperationError")
}

function lengthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  return Number((value as { length?: unknown }).length) || 0
}

/** Answers `SubtleCrypto.supports`; what is given is the guest's. False where this version of Node has none. */
export function supportsSubtle(given: unknown, body: Uint8Array): boolean {
  const { SubtleCrypto } = globalThis as unknown as {
    SubtleCrypto?: { supports?: (...values: unknown[]) => boolean }
  }
  if (!Array.isArray(given) || !SubtleCrypto?.supports || body.byteLength > maxInputBytes) return false
  return SubtleCrypto.supports(...decodeKeyless(given, body))
}
