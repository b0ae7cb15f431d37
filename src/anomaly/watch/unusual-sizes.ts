import { type MeanState, MovingMean } from "../moving-mean.ts"
import { Tail, type TailState } from "../tail.ts"

/** How many points back the usual size looks; and what depends on how many there are in a minute, which hardly changes. */
const points = 2000
const longPoints = 20_000
/** What minutes of all counts say weighs as much as so many of one count. */
const shared = 20

interface CountState {
  readonly offset: MeanState
  readonly distance: MeanState
}

export interface SizesState {
  readonly centre: MeanState
  readonly distance?: MeanState
  /** Of minutes of one, of two and so on. Distances that were stored without it are in another unit. */
  readonly counts?: readonly CountState[]
  readonly tail: TailState
}

/**
 * Sizes, such as durations, of a few calls: the signal is the distance of the logarithm of their mean from the usual one, in units of the usual distance; both are
 * learned of minutes with as many calls. The mean of few is less certain, but how much less is another matter with each function: what all calls of a
 * minute share does not even out, and where some hit a cache the mean of nine lies elsewhere than one. Of a count that was hardly seen all minutes say what
 * to expect (shrinkage: James and Stein, "Estimation with quadratic loss", 1961), the distance by the square root of the count.
 *
 * How rare a distance is, the past says.
 */
export class UnusualSizes {
  private readonly centre: MovingMean
  /** From the centre, times the square root of the count. */
  private readonly distance: MovingMean
  private readonly counts: { readonly offset: MovingMean; readonly distance: MovingMean }[]
  private readonly tail: Tail

  constructor(state?: SizesState) {
    this.centre = new MovingMean(points, state?.centre)
    this.distance = new MovingMean(longPoints, state?.distance)
    this.counts = (state?.counts ?? []).map((one) => createOfCount(one))
    this.tail = new Tail(state?.counts && state.tail)
  }

  push({ count, sum }: { readonly count: number; readonly sum: number }): number {
    if (!(sum > 0)) return 0
    const size = Math.log(sum / count)
    const fromCentre = this.centre.isEmpty ? 0 : size - this.centre.mean
    const root = Math.sqrt(count)
    while (this.counts.length < count) this.counts.push(createOfCount())
    const own = this.counts[count - 1] ?? createOfCount()
    const distance = Math.abs(fromCentre - shrunk(own.offset, 0))
    const usual = shrunk(own.distance, this.distance.mean / root)
    const signal = usual > 0 ? distance / usual : distance
    this.centre.push(size)
    this.distance.push(root * Math.abs(fromCentre))
    own.offset.push(fromCentre)
    own.distance.push(distance)
    const surprise = this.tail.prediction(signal)
    this.tail.add(signal)
    return surprise
  }

  toJSON(): SizesState {
    return {
      ...{ centre: this.centre.toJSON(), distance: this.distance.toJSON(), tail: this.tail.toJSON() },
      counts: this.counts.map(({ offset, distance }) => ({ offset: offset.toJSON(), distance: distance.toJSON() })),
    }
  }
}

function createOfCount(state?: CountState) {
  return { offset: new MovingMean(longPoints, state?.offset), distance: new MovingMean(longPoints, state?.distance) }
}

/** Towards what holds for all, where it was seldom seen. */
function shrunk(own: MovingMean, all: number): number {
  return (own.count * own.mean + shared * all) / (own.count + shared)
}
