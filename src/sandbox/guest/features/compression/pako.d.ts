// The port of zlib itself, below the package's own interface: it tells where a stream ended.

declare module "pako/lib/zlib/zstream.js" {
  export default class ZStream {
    input: Uint8Array
    next_in: number
    avail_in: number
    output: Uint8Array
    next_out: number
    avail_out: number
    msg: string
  }
}

declare module "pako/lib/zlib/deflate.js" {
  import type ZStream from "pako/lib/zlib/zstream.js"

  const zlib: {
    deflateInit2(
      stream: ZStream,
      level: number,
      method: number,
      windowBits: number,
      memoryLevel: number,
      strategy: number,
    ): number
    deflate(stream: ZStream, flush: number): number
  }
  export default zlib
}

declare module "pako/lib/zlib/inflate.js" {
  import type ZStream from "pako/lib/zlib/zstream.js"

  const zlib: {
    inflateInit2(stream: ZStream, windowBits: number): number
    inflate(stream: ZStream, flush: number): number
  }
  export default zlib
}
