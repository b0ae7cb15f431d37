/** So many bins more are held at a time. */
const step = 32

/**
 * How many fell into each of a row of bins. Only the stretch between the lowest and the highest bin that is not empty is held, and bin 0 by
 * itself: few series need more than a tenth of the row, and there are thousands of them.
 */
export class BinCounts {
  /** Of all bins. */
  total = 0
  /** The highest bin that is not empty. */
  highest = 0
  private zeros = 0
  /** The bin with which the stretch begins. */
  first = 0
  private counts = new Uint32Array(0)
  // A Fenwick tree over the stretch ("A new data structure for cumulative frequency tables", Software: Practice and Experience 1994).
  private sums = new Uint32Array(1)

  at(bin: number): number {
    return bin === 0 ? this.zeros : (this.counts[bin - this.first] ?? 0)
  }

  add(bin: number, by: number): void {
    this.total += by
    if (bin > this.highest) this.highest = bin
    if (bin === 0) {
      this.zeros += by
      return
    }
    if (bin < this.first || bin >= this.first + this.counts.length) this.widen(bin)
    this.raise(bin - this.first, by)
  }

  /** How many are in the bins below one. */
  below(bin: number): number {
    if (bin === 0) return 0
    let sum = this.zeros
    for (let at = Math.min(bin - this.first, this.counts.length); at > 0; at -= at & -at) sum += this.sums[at] ?? 0
    return sum
  }

  /** The bin in which the count from below first exceeds a number, of which there must be more. */
  exceeding(number: number): number {
    let left = number - this.zeros
    if (left < 0) return 0
    let place = 0
    for (let half = 1 << (31 - Math.clz32(this.counts.length)); half > 0; half >>>= 1) {
      const sum = this.sums[place + half]
      if (sum === undefined || sum > left) continue
      place += half
      left -= sum
    }
    return this.first + place
  }

  /** Those that are not empty, from below. */
  *entries(): Generator<readonly [bin: number, count: number]> {
    if (this.zeros > 0) yield [0, this.zeros]
    for (const [place, count] of this.counts.entries()) if (count > 0) yield [this.first + place, count]
  }

  private widen(bin: number): void {
    const isEmpty = this.counts.length === 0
    const lowest = isEmpty ? bin : Math.min(bin, this.first)
    const highest = isEmpty ? bin : Math.max(bin, this.first + this.counts.length - 1)
    const first = lowest - (lowest % step)
    const counts = this.counts
    const moved = this.first - first
    this.first = first
    this.counts = new Uint32Array(highest - (highest % step) + step - first)
    this.sums = new Uint32Array(this.counts.length + 1)
    for (const [place, count] of counts.entries()) if (count > 0) this.raise(place + moved, count)
  }

  private raise(place: number, by: number): void {
    const { counts, sums } = this
    counts[place] = (counts[place] ?? 0) + by
    for (let at = place + 1; at < sums.length; at += at & -at) sums[at] = (sums[at] ?? 0) + by
  }
}
