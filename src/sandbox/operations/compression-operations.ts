import { numberOf } from "../parse-record.ts"
import { Codec, codecBytes, codecStepBytes, isFormat } from "./codec.ts"
import { poolPlaces } from "./pool-places.ts"

/** The answer to a step. */
export interface CompressionAnswer {
  /** Whether there is more output. */
  readonly value?: boolean
  readonly error?: { readonly name: string; readonly message: string }
  readonly body?: Uint8Array | undefined
}

/** What open codecs may hold. */
const maxBytes = { call: 64, owner: 128, process: 512 }
const megabyte = 1024 * 1024

const heldOfOwners = new Map<string, number>()
let heldOfAll = 0

/** The compression streams of one call. What a guest sends is hostile. */
export class Compression {
  readonly #owner: string
  readonly #codecs: Map<number, { readonly codec: Codec; readonly bytes: number }> = new Map()
  #held = 0
  #closed = false

  constructor(owner: string) {
    this.#owner = owner
  }

  /** Performs a step when the owner's turn comes; the codec is made by the first. */
  perform(
    fields: Readonly<Record<string, unknown>>,
    input: Uint8Array | undefined,
    settle: (answer: CompressionAnswer) => void,
  ): void {
    const number = numberOf(fields.codec)
    poolPlaces.add(this.#owner, async () => {
      if (this.#closed) return
      try {
        const { bytes, more, idle } = await this.#step(number, fields, input ?? new Uint8Array(0))
        if (fields.last === true && !more) this.drop(number)
        settle({ value: more, body: bytes })
        await idle
      } catch (error) {
        this.drop(number)
        settle({ error: describe(error, fields.decompress === true) })
      }
    })
  }

  /** Lets go of a codec whose stream is given up. */
  drop(number: number): void {
    const open = this.#codecs.get(number)
    if (!open) return
    this.#codecs.delete(number)
    open.codec.close()
    this.#hold(-open.bytes)
  }

  /** Lets go of everything: the call has ended. */
  close(): void {
    this.#closed = true
    for (const number of this.#codecs.keys()) this.drop(number)
  }

  #step(number: number, { id, format, decompress, last }: Readonly<Record<string, unknown>>, input: Uint8Array) {
    if (input.byteLength > codecStepBytes) throw new RangeError(`a step may have ${codecStepBytes} bytes`)
    const open = this.#codecs.get(number)
    if (open) return open.codec.step(input, last === true)
    // A stream in a kept instance may be older than the call.
    if (number !== id) throw new Error("the stream has ended, or the call that began it has")
    if (!isFormat(format)) throw new RangeError("the host has no such format")
    const bytes = codecBytes(format, decompress === true, input)
    if (
      this.#held + bytes > maxBytes.call * megabyte ||
      (heldOfOwners.get(this.#owner) ?? 0) + bytes > maxBytes.owner * megabyte ||
      heldOfAll + bytes > maxBytes.process * megabyte
    )
      throw new DOMException("too many compression streams are open", "QuotaExceededError")
    this.#hold(bytes)
    const codec = new Codec(format, decompress === true)
    this.#codecs.set(number, { codec, bytes })
    return codec.step(input, last === true)
  }

  #hold(bytes: number): void {
    const ofOwner = (heldOfOwners.get(this.#owner) ?? 0) + bytes
    this.#held += bytes
    heldOfAll += bytes
    if (ofOwner > 0) heldOfOwners.set(this.#owner, ofOwner)
    else heldOfOwners.delete(this.#owner)
  }
}

function describe(error: unknown, decompress: boolean): { readonly name: string; readonly message: string } {
  const { message } = error as Error
  const name = error instanceof DOMException ? error.name : "TypeError"
  return { name, message: `Cannot ${decompress ? "decompress" : "compress"} the data: ${message}` }
}
