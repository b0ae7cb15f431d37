import { chunkLimits } from "../output-limits.ts"

/** The body of an answer that the guest pulls: nothing is read from the network while it does not. */
export class HostBody {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #abort: () => void
  #left: Uint8Array = new Uint8Array()
  #reading = false

  /** `abort` closes the connection, whatever is being read from it. */
  constructor(chunks: AsyncIterable<Uint8Array>, abort: () => void) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#abort = abort
  }

  /** The next bytes, at most one chunk of what may cross at once, in a buffer of their own; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    const chunk = await this.#next()
    return chunk && new Uint8Array(chunk)
  }

  /** All that is left, at most so many bytes. */
  async readWhole(maxBytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for (let chunk = await this.#next(); chunk; chunk = await this.#next()) {
      bytes += chunk.byteLength
      if (bytes > maxBytes)
        throw new TypeError(`Cannot read the body whole: it is larger than ${maxBytes} bytes; read its stream.`)
      chunks.push(chunk)
    }
    return new Uint8Array(Buffer.concat(chunks, bytes))
  }

  /** Gives up on what is left. */
  close(): void {
    this.#abort()
    void this.#chunks.return?.().catch(() => {})
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#reading) throw new TypeError("The answer is being read already.")
    this.#reading = true
    try {
      while (this.#left.byteLength === 0) {
        const { done, value } = await this.#chunks.next()
        if (done) return undefined
        this.#left = value
      }
      const chunk = this.#left.subarray(0, chunkLimits.maxBytes)
      this.#left = this.#left.subarray(chunk.byteLength)
      return chunk
    } finally {
      this.#reading = false
    }
  }
}
