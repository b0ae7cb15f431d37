import { provide } from "../feature.ts"
import { CryptoKey } from "./subtle/crypto-key.ts"
import { SubtleCrypto, subtle } from "./subtle/subtle-crypto.ts"

declare module "../feature.ts" {
  interface Features {
    subtle: { readonly subtle: SubtleCrypto }
  }
}

export default function define(): void {
  provide("subtle", { CryptoKey, SubtleCrypto }, { subtle })
}
