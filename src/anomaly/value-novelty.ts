import { type MeanState, MovingMean } from "./moving-mean.ts"
import { type SeenState, SeenValues } from "./seen-values.ts"
import { Tail, type TailState } from "./tail.ts"

export interface ValueState {
  readonly seen: SeenState
  readonly centre: MeanState
  readonly tail: TailState
}

/**
 * A value that the series never had: spikes, drops, steps, ramps that leave what was normal. The signal is the distance to the nearest
 * value of the past, times the fourth root of its share of the distance from the mean: where values stand far apart anyway, a gap of
 * the same width says less.
 */
export class ValueNovelty {
  private readonly seen: SeenValues
  private readonly centre: MovingMean
  private readonly tail: Tail

  constructor(state?: ValueState) {
    this.seen = new SeenValues(12, state?.seen)
    this.centre = new MovingMean(1000, state?.centre)
    this.tail = new Tail(state?.tail)
  }

  push(value: number): number {
    const gap = this.seen.push(value)
    const fromCentre = this.centre.isEmpty ? 0 : Math.abs(value - this.centre.mean)
    this.centre.push(value)
    const distance = fromCentre > 0 ? gap * (gap / fromCentre) ** 0.25 : 0
    const surprise = this.tail.surprise(distance)
    this.tail.add(distance)
    return surprise
  }

  toJSON(): ValueState {
    return { seen: this.seen.toJSON(), centre: this.centre.toJSON(), tail: this.tail.toJSON() }
  }
}
