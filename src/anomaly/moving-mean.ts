export interface MeanState {
  readonly mean: number
  readonly count: number
}

/** An exponentially weighted mean (Roberts, "Control chart tests based on geometric moving averages", Technometrics 1959) that begins as a plain one. */
export class MovingMean {
  mean: number
  count: number
  private readonly rate: number

  /** `points`: how many points back a value's weight has fallen to 1/e. */
  constructor(points: number, state: MeanState = { mean: 0, count: 0 }) {
    this.rate = 1 - Math.exp(-1 / points)
    this.mean = state.mean
    this.count = state.count
  }

  get isEmpty(): boolean {
    return this.count === 0
  }

  push(value: number): number {
    this.count++
    this.mean += (value - this.mean) * Math.max(this.rate, 1 / this.count)
    return this.mean
  }

  toJSON(): MeanState {
    return { mean: this.mean, count: this.count }
  }
}
