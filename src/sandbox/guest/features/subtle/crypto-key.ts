import { copyBytes } from "../../bytes.ts"
import { defineProperty, isArray, isView, keys } from "../../primordials.ts"
import { asInterface, illegalConstructor } from "../../webidl.ts"

/** What a key is made of. The host keeps nothing of it: a call that waits is only memory. */
export interface KeyParts {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: object
  readonly usages: readonly string[]
  /** Raw bytes of a secret, PKCS #8 of a private key, SPKI of a public one. */
  readonly material: Uint8Array
}

let unmade: KeyParts | undefined
let read: (key: CryptoKey) => KeyParts

/** A key: what code sees of it is a copy, what operations use cannot be changed. */
export class CryptoKey {
  readonly #parts: KeyParts
  #algorithm: object | undefined
  #usages: string[] | undefined

  constructor() {
    if (unmade === undefined) illegalConstructor()
    this.#parts = unmade
    unmade = undefined
  }

  static {
    read = (key) => key.#parts
  }

  get type(): string {
    return this.#parts.type
  }
  get extractable(): boolean {
    return this.#parts.extractable
  }
  get algorithm(): object {
    this.#algorithm ??= copy(this.#parts.algorithm) as object
    return this.#algorithm
  }
  get usages(): string[] {
    this.#usages ??= copy(this.#parts.usages) as string[]
    return this.#usages
  }
}
asInterface(CryptoKey, "CryptoKey", (key: CryptoKey) => {
  const { type, extractable, algorithm, usages } = key
  return { type, extractable, algorithm, usages }
})

/** Makes a key of its parts. */
export function makeKey(parts: KeyParts): CryptoKey {
  unmade = parts
  return new CryptoKey()
}

/** The parts of a key; undefined for what is none. */
export function keyParts(value: unknown): KeyParts | undefined {
  try {
    return read(value as CryptoKey)
  } catch {
    return undefined
  }
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  if (isView(value)) return new Uint8Array(copyBytes(value as Uint8Array))
  const copied = (isArray(value) ? [] : {}) as Record<string, unknown>
  const names = keys(value)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    setOwn(copied, name, copy((value as Record<string, unknown>)[name]))
  }
  return copied
}

/** Sets a member as a literal would, whatever code has put on prototypes. */
export function setOwn(object: object, name: PropertyKey, value: unknown): void {
  defineProperty(object, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as never)
}
