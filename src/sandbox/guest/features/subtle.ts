import { cloneKinds } from "../clone-kinds.ts"
import { provide } from "../feature.ts"
import { CryptoKey, type KeyParts, keyParts, makeKey } from "./subtle/crypto-key.ts"
import { SubtleCrypto, subtle } from "./subtle/subtle-crypto.ts"

declare module "../feature.ts" {
  interface Features {
    subtle: { readonly subtle: SubtleCrypto }
  }
}

export default function define(): void {
  cloneKinds[cloneKinds.length] = {
    is: (value) => keyParts(value) !== undefined,
    clone: (value) => makeKey(keyParts(value) as KeyParts),
  }
  provide("subtle", { CryptoKey, SubtleCrypto }, { subtle })
}
