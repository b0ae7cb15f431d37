import { viewBytes } from "../../bytes.ts"
import { feature } from "../../feature.ts"
import { isSharedBuffer, isView, slice, typedArrayBuffer } from "../../primordials.ts"
import { requireArguments, toDOMString } from "../../webidl.ts"
import type { Transform } from "../streams/body.ts"
import { createDeflate, createInflate } from "./zlib.ts"

/** `CompressionStream`. */
export class CompressionStream {
  readonly #pair: Transform

  constructor(format: unknown) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "CompressionStream")
    const deflate = createDeflate(windowBits(format))
    this.#pair = feature("streams").transform(
      (chunk, emit) => deflate.push(toBytes(chunk), emit),
      (emit) => deflate.end(emit),
    )
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
    const inflate = createInflate(windowBits(format))
    this.#pair = feature("streams").transform(
      (chunk, emit) => inflate.push(toBytes(chunk), emit),
      (emit) => inflate.end(emit),
    )
  }

  get readable(): object {
    return this.#pair.readable()
  }
  get writable(): object {
    return this.#pair.writable()
  }
}

/** The size of zlib's window, by which it is also told the format. */
function windowBits(format: unknown): number {
  const name = toDOMString(format)
  if (name === "gzip") return 31
  if (name === "deflate") return 15
  if (name === "deflate-raw") return -15
  throw new TypeError(
    'Cannot compress or decompress "' + slice(name, 0, 100) + '": the format must be gzip, deflate or deflate-raw',
  )
}

function toBytes(chunk: unknown): Uint8Array {
  const bytes = viewBytes(chunk)
  if (bytes !== undefined && !(isView(chunk) && isSharedBuffer(typedArrayBuffer(bytes)))) return bytes
  throw new TypeError("Cannot use a chunk that is no ArrayBuffer or view of one")
}
