import zlibDeflate from "pako/lib/zlib/deflate.js"
import zlibInflate from "pako/lib/zlib/inflate.js"
import ZStream from "pako/lib/zlib/zstream.js"
import { copyBytes } from "../../bytes.ts"
import { typedArrayByteLength } from "../../primordials.ts"

type Emit = (bytes: Uint8Array) => void

/** One direction of a format: bytes in, bytes out. */
interface Codec {
  push(bytes: Uint8Array, emit: Emit): void
  end(emit: Emit): void
}

/** How much comes out at a time. */
const outputSize = 64 * 1024

// As zlib names them.
const finish = 4
const ok = 0
const streamEnd = 1
const bufferError = -5

const none = new Uint8Array(0)

/** Compresses as zlib does with its default settings. */
export function createDeflate(windowBits: number): Codec {
  const stream = new ZStream()
  const output = new Uint8Array(outputSize)
  zlibDeflate.deflateInit2(stream, -1, 8, windowBits, 8, 0)
  const run = (bytes: Uint8Array, flush: number, emit: Emit): void => {
    give(stream, bytes)
    for (;;) {
      makeRoom(stream, output)
      const status = zlibDeflate.deflate(stream, flush)
      emitOutput(stream, emit)
      if (status === streamEnd || stream.avail_out > 0) return
    }
  }
  return {
    push: (bytes, emit) => run(bytes, 0, emit),
    end: (emit) => run(none, finish, emit),
  }
}

/** Decompresses: what is not valid, follows the end, or ends too early, is a TypeError. */
export function createInflate(windowBits: number): Codec {
  const stream = new ZStream()
  const output = new Uint8Array(outputSize)
  let ended = false
  zlibInflate.inflateInit2(stream, windowBits)
  return {
    push(bytes, emit) {
      if (ended && typedArrayByteLength(bytes) > 0) refuse("more data follows after its end")
      give(stream, bytes)
      while (!ended) {
        makeRoom(stream, output)
        const status = zlibInflate.inflate(stream, 0)
        emitOutput(stream, emit)
        if (status === streamEnd) {
          ended = true
          if (stream.avail_in > 0) refuse("more data follows after its end")
        } else if (status !== ok && status !== bufferError) refuse(stream.msg || "it needs a dictionary")
        else if (stream.avail_out > 0) return
      }
    },
    end() {
      if (!ended) refuse("it ends too early")
    },
  }
}

function give(stream: ZStream, bytes: Uint8Array): void {
  stream.input = bytes
  stream.next_in = 0
  stream.avail_in = typedArrayByteLength(bytes)
}

function makeRoom(stream: ZStream, output: Uint8Array): void {
  stream.output = output
  stream.next_out = 0
  stream.avail_out = outputSize
}

function emitOutput(stream: ZStream, emit: Emit): void {
  if (stream.next_out === 0) return
  const { buffer } = stream.output
  emit(new Uint8Array(copyBytes(new Uint8Array(buffer as ArrayBuffer, 0, stream.next_out))))
}

function refuse(why: string): never {
  throw new TypeError("Cannot decompress the data: " + why)
}
