import type { Transform } from "node:stream"
import {
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createDeflateRaw,
  createGunzip,
  createGzip,
  createInflate,
  createInflateRaw,
  type Zlib,
} from "node:zlib"

/** How much goes in and comes out in one step. */
export const codecStepBytes: number = 64 * 1024

/** What a step gave. */
export interface CodecStep {
  readonly bytes: Uint8Array | undefined
  /** There is more output for the input that was given. */
  readonly more: boolean
  /** Resolves when nothing of this codec runs any more: it works one step ahead. */
  readonly idle: Promise<void>
}

const kilobyte = 1024
const megabyte = 1024 * kilobyte
// Nothing is worked out ahead of what was taken but one chunk.
const streamed = { chunkSize: codecStepBytes, readableHighWaterMark: 1 }
/** Brotli's own default, made for content that is compressed once, is a hundred times slower. */
const brotliQuality = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 20 }

type Stream = Transform & Zlib
type Format = "gzip" | "deflate" | "deflate-raw" | "brotli"

const compressors: Readonly<Record<Format, () => Stream>> = {
  gzip: () => createGzip(streamed),
  deflate: () => createDeflate(streamed),
  "deflate-raw": () => createDeflateRaw(streamed),
  brotli: () => createBrotliCompress({ ...streamed, params: brotliQuality }),
}
const decompressors: Readonly<Record<Format, () => Stream>> = {
  gzip: () => createGunzip(streamed),
  deflate: () => createInflate(streamed),
  "deflate-raw": () => createInflateRaw(streamed),
  brotli: () => createBrotliDecompress(streamed),
}

/** Whether a guest's text names a format. */
export function isFormat(text: unknown): text is Format {
  return typeof text === "string" && Object.hasOwn(compressors, text)
}

/** What a codec may hold at most, its buffers included; to decompress, the size of the window is what the input says. */
export function codecBytes(format: Format, decompress: boolean, input: Uint8Array): number {
  if (format !== "brotli") return (decompress ? 256 : 512) * kilobyte
  return decompress ? 2 ** brotliWindowBits(input[0] ?? 0) + 512 * kilobyte : 8 * megabyte
}

/** By RFC 7932, section 9.1. */
function brotliWindowBits(first: number): number {
  if ((first & 1) === 0) return 16
  const wide = (first >> 1) & 7
  if (wide > 0) return 17 + wide
  const narrow = (first >> 4) & 7
  return narrow === 0 ? 17 : 8 + narrow
}

/** Compresses or decompresses one stream of bytes on the threads of Node's pool, a step at a time. */
export class Codec {
  readonly #stream: Stream
  #given = 0
  /** Not all of the input has been taken. */
  #writing = false
  #ending = false
  #failure: Error | undefined
  #over = false
  /** A step may come while the one before it still waits to be idle. */
  readonly #waiting: (() => void)[] = []

  constructor(format: Format, decompress: boolean) {
    this.#stream = (decompress ? decompressors : compressors)[format]()
    const over = (): void => {
      this.#over = true
      this.#wake()
    }
    this.#stream.on("error", (error) => {
      this.#failure ??= error
      over()
    })
    this.#stream.on("end", over)
    this.#stream.on("close", over)
    this.#stream.on("readable", () => {
      // At the end there is nothing to read, and nobody is told of it until it is asked for.
      if (this.#stream.readableLength === 0) this.#stream.read(0)
      this.#wake()
    })
  }

  /** Takes input, at most `codecStepBytes`, and gives output. Throws where the input is not valid. */
  async step(input: Uint8Array, last: boolean): Promise<CodecStep> {
    if (input.byteLength > 0) this.#write(input)
    // What it still gives comes after its writable side has finished: it is done when its readable side has ended.
    if (last) this.#stream.end()
    this.#ending ||= last
    const chunks: Uint8Array[] = []
    let bytes = 0
    for (;;) {
      await this.#settled()
      // Asked before the read, which lets the next piece of work begin.
      let more = this.#working
      const chunk = this.#failure ? null : (this.#stream.read() as Uint8Array | null)
      if (chunk) chunks.push(chunk)
      bytes += chunk?.byteLength ?? 0
      if (more && bytes < codecStepBytes) continue
      // It takes nothing of what follows after the end, which is no error to Node.
      if (!more && this.#given > this.#stream.bytesWritten)
        this.#failure ??= new Error("more data follows after its end")
      if (this.#failure && bytes === 0) throw this.#failure
      more ||= this.#failure !== undefined
      return { bytes: bytes > 0 ? Buffer.concat(chunks) : undefined, more, idle: this.#settled() }
    }
  }

  /** Lets go of everything. What is under way ends early. */
  close(): void {
    this.#stream.destroy()
  }

  #write(input: Uint8Array): void {
    this.#given += input.byteLength
    this.#writing = true
    this.#stream.write(input, (error) => {
      this.#writing = false
      if (error) this.#failure ??= error
      this.#wake()
    })
  }

  #wake(): void {
    for (const go of this.#waiting.splice(0)) go()
  }

  get #working(): boolean {
    return (this.#writing || this.#ending) && !this.#over && !this.#failure
  }

  async #settled(): Promise<void> {
    while (this.#working && this.#stream.readableLength === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }
}
