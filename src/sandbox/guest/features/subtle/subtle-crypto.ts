import { host } from "../../host.ts"
import { type Operation, openOperation, register, type Settlement } from "../../operations.ts"
import { refuseWhileLoading } from "../../phase.ts"
import { arrayJoin, defineProperty, parse, quote, typedArrayBuffer } from "../../primordials.ts"
import { asInterface, illegalConstructor, illegalInvocation, requireArguments, toDOMString } from "../../webidl.ts"
import { keyParts, setOwn } from "./crypto-key.ts"
import { argumentBytes, readValue, ValueWriter } from "./values.ts"

/**
 * What each method takes: an algorithm (A), bytes (B), a key's data (D), whether a key is extractable (E), a format (F),
 * a key (K), a length (L), usages (U). What a small letter stands for may be left out.
 */
const signatures: Readonly<Record<string, string>> = {
  decapsulateBits: "AKB",
  decapsulateKey: "AKBAEU",
  decrypt: "AKB",
  deriveBits: "AKl",
  deriveKey: "AKAEU",
  digest: "AB",
  encapsulateBits: "AK",
  encapsulateKey: "AKAEU",
  encrypt: "AKB",
  exportKey: "FK",
  generateKey: "AEU",
  getPublicKey: "KU",
  importKey: "FDAEU",
  sign: "AKB",
  unwrapKey: "FBKAAEU",
  verify: "AKBB",
  wrapKey: "FKKA",
}

let checkReceiver: (value: unknown) => void
let made = false

/** `crypto.subtle`: the host does the work; keys are the guest's. */
export class SubtleCrypto {
  readonly #brand = true

  constructor() {
    if (made) illegalConstructor()
    made = true
  }

  static {
    checkReceiver = (value) => {
      if (typeof value !== "object" || value === null || !(#brand in value)) illegalInvocation()
    }
  }

  static supports(operation: unknown, algorithm: unknown, _length?: unknown): boolean {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    const given = arguments
    requireArguments(given, 2, "SubtleCrypto.supports")
    const writer = new ValueWriter()
    let list = quote(toDOMString(operation)) + "," + convert("A", algorithm, writer)
    if (given.length > 2) list += "," + writer.write(given[2])
    return host("subtle.supports", "[" + list + "]", writer.bytes()) === "true"
  }
}
for (const name in signatures) defineMethod(name, signatures[name] as string)
asInterface(SubtleCrypto, "SubtleCrypto")

/** The one `SubtleCrypto`. */
export const subtle: SubtleCrypto = new SubtleCrypto()

function defineMethod(name: string, signature: string): void {
  const required = signature[signature.length - 1] === "l" ? signature.length - 1 : signature.length
  const { method } = {
    method(this: unknown, ...given: unknown[]): Promise<unknown> {
      return new Promise((resolve, reject) => {
        checkReceiver(this)
        requireArguments(given, required, name)
        refuseWhileLoading("crypto.subtle." + name)
        const writer = new ValueWriter()
        const parts: string[] = []
        for (let stage = 0; stage < 3; stage++) {
          for (let index = 0; index < signature.length && index < given.length; index++) {
            const kind = signature[index] as string
            if (stageOf(kind, given[index]) === stage) setOwn(parts, index, convert(kind, given[index], writer))
          }
        }
        const bytes = writer.bytes()
        const list = arrayJoin(parts, ",")
        const result = host("subtle.now", '["' + name + '",' + list + "]", bytes)
        if (result !== undefined) {
          resolve(typeof result === "string" ? readNow(result) : result)
          return
        }
        const id = register(new Working(resolve, reject))
        host("subtle", openOperation(id) + ',"method":"' + name + '","given":[' + list + "]}", bytes)
      })
    },
  }
  defineProperty(method, "name", { value: name, configurable: true })
  defineProperty(method, "length", { value: required, configurable: true })
  defineProperty(SubtleCrypto.prototype, name, { value: method, writable: true, configurable: true })
}

/** What the host did at once, where it is no bytes. */
function readNow(text: string): unknown {
  const { value, bytes } = parse(text) as { readonly value: unknown; readonly bytes: readonly number[] }
  return readValue(value, typedArrayBuffer(new Uint8Array(bytes)))
}

/** As the standard has it: every argument is converted, then algorithms are read, then bytes are copied. */
function stageOf(kind: string, value: unknown): number {
  if (kind === "A") return typeof value === "object" || typeof value === "function" ? 1 : 0
  return (kind === "B" || kind === "D") && argumentBytes(value) !== undefined ? 2 : 0
}

function convert(kind: string, value: unknown, writer: ValueWriter): string {
  switch (kind) {
    case "A":
      if ((typeof value !== "object" && typeof value !== "function") || value === null) return quote(toDOMString(value))
      return writer.write(value)
    case "B":
      if (argumentBytes(value) === undefined) throw new TypeError("The data must be an ArrayBuffer or a view of one")
      return writer.write(value)
    case "D":
      if (typeof value !== "object" || value === null) throw new TypeError("The key's data must be bytes or an object")
      return writer.write(value)
    case "E":
      return value ? "true" : "false"
    case "F":
      return quote(toDOMString(value))
    case "K":
      if (keyParts(value) === undefined) throw new TypeError("The key must be a CryptoKey")
      return writer.write(value)
    case "U":
      return writer.writeStrings(value)
    default:
      return value === undefined || value === null ? "null" : writer.write(+(value as number))
  }
}

class Working implements Operation {
  readonly #resolve: (value: unknown) => void
  readonly #reject: (reason: unknown) => void

  constructor(resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  settle({ ok, value, error }: Settlement, body: ArrayBuffer | undefined): void {
    if (ok) this.#resolve(readValue(value, body))
    else if (error?.name === "TypeError") this.#reject(new TypeError(error.message))
    else this.#reject(new DOMException(error?.message ?? "The operation failed", error?.name ?? "OperationError"))
  }

  abandon(head: Settlement): void {
    this.settle(head, undefined)
  }
}
