import { Buckets } from "./buckets.ts"
import { type ByteReader, ByteWriter, readBytes } from "./varints.ts"

/** How far a quantile may be from the exact value, as a share of it. */
const relativeAccuracy = 0.01
const gamma = (1 + relativeAccuracy) / (1 - relativeAccuracy)
const perLogarithm = 1 / Math.log(gamma)

/** What is nearer to zero counts as zero, so that the buckets do not go on for ever. */
const smallest = 1e-9

const formatVersion = 1

/**
 * A DDSketch: counts values in buckets that grow by a constant factor γ = (1 + α) / (1 − α), where α = 0.01, so that any
 * quantile is within 1 % of the exact one. Value x is in bucket ⌈log γ x⌉, and bucket i stands for 2γⁱ / (γ + 1). Merging
 * adds the buckets up, so sketches merge in any order. Formulas: Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable
 * quantile sketch with relative-error guarantees", VLDB 2019, sections 2 and 3.
 */
export class Sketch {
  #zeros = 0
  readonly #positive = new Buckets()
  readonly #negative = new Buckets()

  /** `value` MUST be finite. */
  add(value: number): void {
    if (value > smallest) this.#positive.add(Math.ceil(Math.log(value) * perLogarithm), 1)
    else if (value < -smallest) this.#negative.add(Math.ceil(Math.log(-value) * perLogarithm), 1)
    else this.#zeros++
  }

  merge(other: Sketch): void {
    this.#zeros += other.#zeros
    for (const [index, count] of other.#positive.entries()) this.#positive.add(index, count)
    for (const [index, count] of other.#negative.entries()) this.#negative.add(index, count)
  }

  /** The value at this rank of all values in order, counted from 1. */
  valueAt(rank: number): number {
    let left = rank - this.#negative.total
    if (left <= 0) return -toValue(this.#negative.indexAt(1 - left))
    left -= this.#zeros
    return left <= 0 ? 0 : toValue(this.#positive.indexAt(left))
  }

  encode(): Uint8Array {
    const writer = new ByteWriter()
    writer.write(formatVersion)
    writer.write(this.#zeros)
    this.#positive.encode(writer)
    this.#negative.encode(writer)
    return writer.end()
  }

  /** Adds what `encode` wrote; `TypeError` where the bytes are none of these. */
  mergeEncoded(bytes: Uint8Array): void {
    const reader: ByteReader = readBytes(bytes)
    const version = reader.read()
    if (version !== formatVersion) {
      throw new TypeError(`Cannot read a sketch of format ${version}: this Inlay knows format ${formatVersion}.`)
    }
    this.#zeros += reader.read()
    this.#positive.mergeEncoded(reader)
    this.#negative.mergeEncoded(reader)
  }
}

function toValue(index: number): number {
  return (2 * gamma ** index) / (gamma + 1)
}
