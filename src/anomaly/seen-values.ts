const capacity = 500
/** Of the whole range: what is nearer than that is apart by rounding, which differs with the unit of measurement. */
const rounding = 1e-9

export interface SeenState {
  readonly seen: readonly number[]
  /** Not yet compared with, oldest first. */
  readonly recent: readonly number[]
  /** Values nearer than this to one that is kept are not kept. */
  readonly resolution: number
}

/**
 * The values of the whole past but the last few, to tell how far a new one is from the nearest of them: the distance to the nearest
 * neighbour (Knorr and Ng, "Algorithms for mining distance-based outliers", VLDB 1998), in one dimension.
 *
 * When there are more than 500, those that stand closer than the median gap are thinned out. Where values are rare each of them stays.
 */
export class SeenValues {
  /** Sorted; it grows with their number. */
  private seen = new Float64Array(16)
  private size = 0
  private readonly recent: Float64Array
  private pushed = 0
  private resolution = 0

  /** `lag`: how many values an unusual one may take, before it counts as seen. */
  constructor(lag: number, state?: SeenState) {
    this.recent = new Float64Array(lag)
    if (!state) return
    this.resolution = state.resolution
    this.size = Math.min(state.seen.length, capacity)
    this.reserve(this.size)
    this.seen.set(state.seen.slice(0, this.size))
    for (const value of state.recent.slice(-lag)) this.recent[this.pushed++ % lag] = value
  }

  /** The distance to the nearest value; 0 where there is none. Takes the value in after that. */
  push(value: number): number {
    const distance = this.distanceTo(value)
    const slot = this.pushed % this.recent.length
    if (this.pushed >= this.recent.length) this.insert(this.recent[slot] ?? 0)
    this.recent[slot] = value
    this.pushed++
    return distance
  }

  toJSON(): SeenState {
    const slot = this.pushed % this.recent.length
    const recent = this.pushed < this.recent.length ? this.recent.slice(0, slot) : rotate(this.recent, slot)
    return { seen: [...this.seen.subarray(0, this.size)], recent: [...recent], resolution: this.resolution }
  }

  private distanceTo(value: number): number {
    if (this.size === 0) return 0
    const at = this.placeOf(value)
    const above = at < this.size ? (this.seen[at] ?? 0) - value : Number.POSITIVE_INFINITY
    const below = at > 0 ? value - (this.seen[at - 1] ?? 0) : Number.POSITIVE_INFINITY
    const distance = Math.min(above, below)
    return distance > this.rounding() ? distance : 0
  }

  private insert(value: number): void {
    if (this.size > 0 && this.distanceTo(value) <= this.resolution) return
    const at = this.placeOf(value)
    this.reserve(this.size + 1)
    this.seen.copyWithin(at + 1, at, this.size)
    this.seen[at] = value
    this.size++
    if (this.size > capacity) this.thin()
  }

  private reserve(size: number): void {
    if (size <= this.seen.length) return
    const seen = new Float64Array(Math.min(2 ** Math.ceil(Math.log2(size)), capacity + 1))
    seen.set(this.seen)
    this.seen = seen
  }

  private thin(): void {
    const values = this.seen.slice(0, this.size)
    const gaps = values.subarray(1).map((value, at) => value - (values[at] ?? 0))
    const enough = (gaps.sort()[gaps.length >> 1] ?? 0) + this.rounding()
    let kept = 1
    for (let at = 1; at < values.length; at++) {
      const value = values[at] ?? 0
      if (at < values.length - 1 && value - (this.seen[kept - 1] ?? 0) <= enough) continue
      this.seen[kept++] = value
    }
    this.size = kept
    this.resolution = enough / 2
  }

  private rounding(): number {
    return rounding * ((this.seen[this.size - 1] ?? 0) - (this.seen[0] ?? 0))
  }

  /** Where a value stands, or would stand, among the sorted ones. */
  private placeOf(value: number): number {
    let low = 0
    let high = this.size
    while (low < high) {
      const at = (low + high) >> 1
      if ((this.seen[at] ?? 0) < value) low = at + 1
      else high = at
    }
    return low
  }
}

function rotate(ring: Float64Array, by: number): Float64Array {
  const turned = new Float64Array(ring.length)
  turned.set(ring.subarray(by))
  turned.set(ring.subarray(0, by), ring.length - by)
  return turned
}
