import { type MeanState, MovingMean } from "./moving-mean.ts"
import { type SeenState, SeenValues } from "./seen-values.ts"
import { Tail, type TailState } from "./tail.ts"

const points = 24

export interface VariabilityState {
  readonly previous: number | null
  readonly step: MeanState
  readonly seen: SeenState
  readonly tail: TailState
}

/**
 * A series that moves more, or less, than it ever did: bursts that come thicker, noise that dies. The signal is the mean size of the
 * last steps from point to point (the moving range of control charts: Shewhart, 1931), and how far it is from all such means of the past.
 */
export class VariabilityNovelty {
  private previous: number | null
  private readonly step: MovingMean
  private readonly seen: SeenValues
  private readonly tail: Tail

  constructor(state?: VariabilityState) {
    this.previous = state?.previous ?? null
    this.step = new MovingMean(points, state?.step)
    this.seen = new SeenValues(4 * points, state?.seen)
    this.tail = new Tail(state?.tail)
  }

  push(value: number): number {
    const step = this.previous === null ? 0 : Math.abs(value - this.previous)
    this.previous = value
    const distance = this.seen.push(this.step.push(step))
    const surprise = this.tail.surprise(distance)
    this.tail.add(distance)
    return surprise
  }

  toJSON(): VariabilityState {
    return { previous: this.previous, step: this.step.toJSON(), seen: this.seen.toJSON(), tail: this.tail.toJSON() }
  }
}
