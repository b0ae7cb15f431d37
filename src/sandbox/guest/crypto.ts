import { viewBytes } from "./bytes.ts"
import { feature } from "./feature.ts"
import { host } from "./host.ts"
import { reportImpurity } from "./phase.ts"
import { typedArrayByteLength, typedArrayName, typedArraySet } from "./primordials.ts"
import { asInterface, illegalConstructor, illegalInvocation, requireArguments } from "./webidl.ts"

const fromWithin: unknown = {}
const quota = 65536

/** `Crypto`: random bytes from the host. */
export class Crypto {
  readonly #brand = true

  constructor(...within: unknown[]) {
    if (within[0] !== fromWithin) illegalConstructor()
  }

  get subtle(): object {
    if (!(#brand in this)) illegalInvocation()
    return feature("subtle").subtle
  }
  getRandomValues<View>(array: View): View {
    if (!(#brand in this)) illegalInvocation()
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "getRandomValues")
    const view = viewBytes(array)
    if (view === undefined) throw new TypeError("getRandomValues takes a view of integers")
    const name = typedArrayName(array)
    if (name === undefined || name === "Float16Array" || name === "Float32Array" || name === "Float64Array") {
      throw new DOMException("getRandomValues takes a view of integers", "TypeMismatchError")
    }
    const length = typedArrayByteLength(array)
    if (length > quota) {
      throw new DOMException("Cannot fill " + length + " bytes at once: the most is " + quota, "QuotaExceededError")
    }
    if (length > 0) typedArraySet(view, randomBytes(length))
    return array
  }
  randomUUID(): string {
    if (!(#brand in this)) illegalInvocation()
    const bytes = randomBytes(16)
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
    let text = ""
    for (let index = 0; index < 16; index++) {
      if (index === 4 || index === 6 || index === 8 || index === 10) text += "-"
      text += hex[bytes[index] as number]
    }
    return text
  }
}
asInterface(Crypto, "Crypto")

/** `globalThis.crypto`. */
export const crypto: Crypto = new Crypto(fromWithin)

const hex: string[] = []
for (let byte = 0; byte < 256; byte++) hex[byte] = (byte + 256).toString(16).slice(1)

function randomBytes(length: number): Uint8Array {
  reportImpurity("randomness")
  return new Uint8Array(host("random", "" + length) as ArrayBuffer)
}
