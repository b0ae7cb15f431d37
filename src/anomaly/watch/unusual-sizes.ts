import { type MeanState, MovingMean } from "../moving-mean.ts"
import { Tail, type TailState } from "../tail.ts"

export interface SizesState {
  readonly centre: MeanState
  readonly tail: TailState
}

/**
 * Sizes, such as durations, of a few calls: the signal is the distance of the logarithm of their mean from the usual one, times the square root of how
 * many they are, for the mean of few is less certain. How rare a distance is, the past says.
 */
export class UnusualSizes {
  private readonly centre: MovingMean
  private readonly tail: Tail

  constructor(state?: SizesState) {
    this.centre = new MovingMean(2000, state?.centre)
    this.tail = new Tail(state?.tail)
  }

  push({ count, sum }: { readonly count: number; readonly sum: number }): number {
    if (!(sum > 0)) return 0
    const size = Math.log(sum / count)
    const distance = this.centre.isEmpty ? 0 : Math.sqrt(count) * Math.abs(size - this.centre.mean)
    this.centre.push(size)
    const surprise = this.tail.surprise(distance)
    this.tail.add(distance)
    return surprise
  }

  toJSON(): SizesState {
    return { centre: this.centre.toJSON(), tail: this.tail.toJSON() }
  }
}
