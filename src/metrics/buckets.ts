import type { ByteReader, ByteWriter } from "./varints.ts"

/**
 * Buckets that one side of a sketch may have: values may lie 35 powers of ten apart. Beyond that the lowest ones become
 * one, whose values are then no longer exact to a hundredth.
 */
const maxBuckets = 4096
const slack = 16

/** Counts under whole numbers that lie close together. */
export class Buckets {
  /** Of the indexes from `#first` on. */
  #counts = new Float64Array(0)
  #first = 0
  /** The lowest and the highest index with a count; none where low is above high. */
  #low = Number.POSITIVE_INFINITY
  #high = Number.NEGATIVE_INFINITY
  #total = 0

  get total(): number {
    return this.#total
  }

  add(index: number, count: number): void {
    this.#total += count
    const place = index - this.#first
    if (index >= this.#low && index <= this.#high) {
      this.#counts[place] = (this.#counts[place] as number) + count
    } else this.#widen(index, count)
  }

  /** Each index that has a count, ascending. */
  *entries(): Generator<readonly [index: number, count: number]> {
    for (let index = this.#low; index <= this.#high; index++) {
      const count = this.#counts[index - this.#first] as number
      if (count > 0) yield [index, count]
    }
  }

  /** The index under which the one at this rank counts, ascending, from 1. */
  indexAt(rank: number): number {
    let seen = 0
    for (const [index, count] of this.entries()) {
      seen += count
      if (seen >= rank) return index
    }
    return this.#high
  }

  /** Writes the indexes as distances, which are small. */
  encode(writer: ByteWriter): void {
    const entries = [...this.entries()]
    writer.write(entries.length)
    let before = 0
    for (const [index, count] of entries) {
      writer.writeSigned(index - before)
      writer.write(count)
      before = index
    }
  }

  mergeEncoded(reader: ByteReader): void {
    let index = 0
    for (let left = reader.read(); left > 0; left--) {
      index += reader.readSigned()
      this.add(index, reader.read())
    }
  }

  #widen(index: number, count: number): void {
    const high = Math.max(index, this.#high)
    const floor = high - maxBuckets + 1
    const low = Math.max(Math.min(index, this.#low), floor)
    const first = low - slack
    if (low < this.#first || high >= this.#first + this.#counts.length || floor > this.#low) {
      const counts = new Float64Array(high - first + slack + 1)
      for (const [known, knownCount] of this.entries()) {
        const place = Math.max(known, floor) - first
        counts[place] = (counts[place] as number) + knownCount
      }
      this.#counts = counts
      this.#first = first
    }
    this.#low = low
    this.#high = high
    const place = Math.max(index, floor) - this.#first
    this.#counts[place] = (this.#counts[place] as number) + count
  }
}
