/** Writes whole numbers, each in as few bytes as it needs: seven bits a byte, the lowest first (LEB128). */
export class ByteWriter {
  #bytes = new Uint8Array(64)
  #length = 0

  /** `number` MUST be whole, and from 0 to 2^53 − 1. */
  write(number: number): void {
    let left = number
    while (left >= 128) {
      this.#push((left % 128) + 128)
      left = Math.floor(left / 128)
    }
    this.#push(left)
  }

  /** A whole number of either sign, zigzag. */
  writeSigned(number: number): void {
    this.write(number < 0 ? -2 * number - 1 : 2 * number)
  }

  end(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#length)
      longer.set(this.#bytes)
      this.#bytes = longer
    }
    this.#bytes[this.#length++] = byte
  }
}

/** Reads what a `ByteWriter` wrote. */
export interface ByteReader {
  /** `RangeError` at the end. */
  read(): number
  readSigned(): number
}

/** Begins to read. */
export function readBytes(bytes: Uint8Array): ByteReader {
  let at = 0
  function read(): number {
    let number = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError("Cannot read a number: the bytes have ended.")
      if (byte < 128) return number + byte * scale
      number += (byte - 128) * scale
    }
  }
  return {
    read,
    readSigned() {
      const number = read()
      return number % 2 === 0 ? number / 2 : -(number + 1) / 2
    },
  }
}
