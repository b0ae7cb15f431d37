import { type MeanState, MovingMean } from "./moving-mean.ts"
import { type SeenState, SeenValues } from "./seen-values.ts"
import { Tail, type TailState } from "./tail.ts"

const dayMs = 86_400_000
const slots = 48
const slotMs: number = dayMs / slots
const points = 12

export interface RhythmState {
  readonly means: readonly number[]
  readonly counts: readonly number[]
  readonly residual: MeanState
  readonly seen: SeenState
  readonly tail: TailState
}

/**
 * A value at the wrong time of day: a night's load at noon, a peak that does not come. Each half hour (UTC) has its own moving mean; the signal
 * is the mean of the last differences from it, and how far that is from all such differences of the past. The mean by time of day is
 * the seasonal index of classical decomposition (Macaulay, "The smoothing of time series", 1931), made to follow slow change.
 */
export class RhythmNovelty {
  private readonly means = new Float64Array(slots)
  private readonly counts = new Float64Array(slots)
  private readonly residual: MovingMean
  private readonly seen: SeenValues
  private readonly tail: Tail

  constructor(state?: RhythmState) {
    if (state) {
      this.means.set(state.means.slice(0, slots))
      this.counts.set(state.counts.slice(0, slots))
    }
    this.residual = new MovingMean(points, state?.residual)
    this.seen = new SeenValues(4 * points, state?.seen)
    this.tail = new Tail(state?.tail)
  }

  /** `intervalMs`: the usual time between two points. */
  push(value: number, timestampMs: number, intervalMs: number): number {
    const slot = Math.floor((((timestampMs % dayMs) + dayMs) % dayMs) / slotMs)
    const count = (this.counts[slot] ?? 0) + 1
    const residual = count === 1 ? 0 : value - (this.means[slot] ?? 0)
    // Follows some two days, and ten points at least.
    const rate = Math.min(0.1, intervalMs / (2 * slotMs))
    this.counts[slot] = count
    this.means[slot] = count === 1 ? value : (this.means[slot] ?? 0) + residual * Math.max(rate, 1 / count)
    const distance = this.seen.push(this.residual.push(residual))
    const surprise = this.tail.surprise(distance)
    this.tail.add(distance)
    return surprise
  }

  toJSON(): RhythmState {
    return {
      means: [...this.means],
      counts: [...this.counts],
      residual: this.residual.toJSON(),
      seen: this.seen.toJSON(),
      tail: this.tail.toJSON(),
    }
  }
}
