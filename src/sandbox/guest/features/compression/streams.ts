import { viewBytes } from "../../bytes.ts"
import { feature } from "../../feature.ts"
import { isSharedBuffer, isView, slice, typedArrayBuffer } from "../../primordials.ts"
import { requireArguments, toDOMString } from "../../webidl.ts"
import type { Transform } from "../streams/body.ts"
import { Coder } from "./coder.ts"

/** `CompressionStream`. */
export class CompressionStream {
  readonly #pair: Transform

  constructor(format: unknown) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "CompressionStream")
    this.#pair = createPair(new Coder(toFormat(format), false))
  }

  get readable(): object {
    return this.#pair.readable()
  }
  get writable(): object {
    return this.#pair.writable()
  }
}

/** `DecompressionStream`. */
export class DecompressionStream {
  readonly #pair: Transform

  constructor(format: unknown) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "DecompressionStream")
    this.#pair = createPair(new Coder(toFormat(format), true))
  }

  get readable(): object {
    return this.#pair.readable()
  }
  get writable(): object {
    return this.#pair.writable()
  }
}

function createPair(coder: Coder): Transform {
  return feature("streams").transform({
    push(chunk, emit, done, failed) {
      let bytes: Uint8Array
      try {
        bytes = toBytes(chunk)
      } catch (error) {
        // The stream fails, so the host need not keep it.
        coder.cancel()
        throw error
      }
      coder.push(bytes, emit, done, failed)
    },
    end: (emit, done, failed) => coder.end(emit, done, failed),
    cancel: () => coder.cancel(),
  })
}

function toFormat(format: unknown): string {
  const name = toDOMString(format)
  if (name === "gzip" || name === "deflate" || name === "deflate-raw" || name === "brotli") return name
  throw new TypeError(
    'Cannot compress or decompress "' +
      slice(name, 0, 100) +
      '": the format must be gzip, deflate, deflate-raw or brotli',
  )
}

function toBytes(chunk: unknown): Uint8Array {
  const bytes = viewBytes(chunk)
  if (bytes !== undefined && !(isView(chunk) && isSharedBuffer(typedArrayBuffer(bytes)))) return bytes
  throw new TypeError("Cannot use a chunk that is no ArrayBuffer or view of one")
}
