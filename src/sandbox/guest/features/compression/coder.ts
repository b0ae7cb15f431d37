import { copyBytes } from "../../bytes.ts"
import { host } from "../../host.ts"
import { openOperation, register, type Settlement } from "../../operations.ts"
import { refuseWhileLoading } from "../../phase.ts"
import { typedArrayBuffer, typedArrayByteLength, typedArraySet } from "../../primordials.ts"
import type { Emit } from "../streams/body.ts"

/** What the host takes in one step. */
const stepBytes = 65_536

/** One stream in one direction. The host does the work, and knows the stream by the id of its first step. */
export class Coder {
  /** JSON: what every step says of the stream. */
  readonly #kind: string
  /** What has not been sent: to compress, many small chunks are no better than a big one. */
  readonly #held: Uint8Array | undefined
  #heldBytes = 0
  #codec = 0
  #cancelled = false

  constructor(format: string, decompress: boolean) {
    this.#kind = '"format":"' + format + '","decompress":' + decompress
    this.#held = decompress ? undefined : new Uint8Array(stepBytes)
  }

  /** Takes bytes, all of them before it returns. */
  push(bytes: Uint8Array, emit: Emit, done: () => void, failed: (reason: unknown) => void): void {
    const held = this.#held
    const length = typedArrayByteLength(bytes)
    if (held !== undefined && this.#heldBytes + length < stepBytes) {
      typedArraySet(held, bytes, this.#heldBytes)
      this.#heldBytes += length
      done()
      return
    }
    const all = held === undefined ? copyBytes(bytes) : this.#withHeld(bytes)
    const sendFrom = (from: number): void => {
      const left = all.byteLength - from
      if (left === 0) {
        done()
        return
      }
      const size = left < stepBytes ? left : stepBytes
      const part = copyBytes(new Uint8Array(all, from, size))
      this.#step(part, false, emit, () => sendFrom(from + size), failed)
    }
    sendFrom(0)
  }

  /** Gives the rest of the output. */
  end(emit: Emit, done: () => void, failed: (reason: unknown) => void): void {
    const rest = this.#held === undefined ? new ArrayBuffer(0) : this.#withHeld(new Uint8Array(0))
    this.#step(rest, true, emit, done, failed)
  }

  /** Lets the host forget the stream. */
  cancel(): void {
    this.#cancelled = true
    if (this.#codec !== 0) host("codec.drop", openOperation(this.#codec) + "}")
  }

  #withHeld(bytes: Uint8Array): ArrayBuffer {
    const all = new Uint8Array(this.#heldBytes + typedArrayByteLength(bytes))
    typedArraySet(all, new Uint8Array(typedArrayBuffer(this.#held), 0, this.#heldBytes))
    typedArraySet(all, bytes, this.#heldBytes)
    this.#heldBytes = 0
    return typedArrayBuffer(all)
  }

  /** Sends input to the host and gives its output on, until there is no more of it. */
  #step(
    input: ArrayBuffer | undefined,
    last: boolean,
    emit: Emit,
    done: () => void,
    failed: (reason: unknown) => void,
  ): void {
    if (this.#cancelled) {
      done()
      return
    }
    refuseWhileLoading("Compression")
    const settle = ({ ok, value, error }: Settlement, body: ArrayBuffer | undefined): void => {
      if (!ok) {
        failed(toError(error?.name, error?.message))
        return
      }
      if (this.#cancelled) {
        this.cancel()
        done()
        return
      }
      const more = (): void => this.#step(undefined, last, emit, done, failed)
      try {
        if (body !== undefined) emit(new Uint8Array(body), value === true ? more : nothing)
        else if (value === true) more()
        if (value !== true) done()
      } catch (thrown) {
        this.cancel()
        failed(thrown)
      }
    }
    const id = register({ settle, abandon: (head) => settle(head, undefined) })
    if (this.#codec === 0) this.#codec = id
    host("codec", openOperation(id) + ',"codec":' + this.#codec + "," + this.#kind + ',"last":' + last + "}", input)
  }
}

function toError(name = "TypeError", message = "Cannot compress or decompress the data"): Error {
  return name === "TypeError" ? new TypeError(message) : new DOMException(message, name)
}

function nothing(): void {
  // The next chunk that is written waits for room itself.
}
