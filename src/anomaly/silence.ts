import { type MeanState, MovingMean } from "./moving-mean.ts"
import { Tail, type TailState } from "./tail.ts"

/** Two points in a row may be late or lost before it is a silence. */
const usualIntervals = 3

export interface SilenceState {
  readonly previousMs: number | null
  readonly interval: MeanState
  readonly tail: TailState
}

/**
 * Points that do not come. The signal is the time since the last point, where it is more than three usual intervals, and how rare it is among
 * the intervals of the past.
 */
export class Silence {
  private previousMs: number | null
  private readonly interval: MovingMean
  private readonly tail: Tail

  constructor(state?: SilenceState) {
    this.previousMs = state?.previousMs ?? null
    this.interval = new MovingMean(200, state?.interval)
    this.tail = new Tail(state?.tail)
  }

  /** The usual time between two points. */
  get intervalMs(): number {
    return this.interval.mean
  }

  push(timestampMs: number): number {
    const surprise = this.surprise(timestampMs)
    if (this.previousMs !== null) {
      const intervalMs = Math.max(0, timestampMs - this.previousMs)
      this.interval.push(intervalMs)
      this.tail.add(intervalMs)
    }
    this.previousMs = timestampMs
    return surprise
  }

  /** Of no point up to a time. */
  surprise(timestampMs: number): number {
    if (this.previousMs === null) return 0
    const intervalMs = timestampMs - this.previousMs
    return intervalMs > usualIntervals * this.interval.mean ? this.tail.surprise(intervalMs) : 0
  }

  toJSON(): SilenceState {
    return { previousMs: this.previousMs, interval: this.interval.toJSON(), tail: this.tail.toJSON() }
  }
}
