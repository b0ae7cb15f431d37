import type { MetricFigures } from "../model/metrics.ts"
import type { MetricMoments } from "../ports/metric-storage.ts"
import { Sketch } from "./sketch.ts"

/**
 * Count, sum, moments, extremes and quantiles of values, without the values. One value is added by Welford's recurrence,
 * and two aggregates are merged by that of Chan, Golub and LeVeque ("Updating formulae and a pairwise algorithm for
 * computing sample variances", 1979): neither loses the small differences of large values, as sums of squares would.
 */
export class Aggregate {
  count: number = 0
  sum: number = 0
  #mean = 0
  /** The sum of the squared distances from the mean. */
  #m2 = 0
  min: number = Number.POSITIVE_INFINITY
  max: number = Number.NEGATIVE_INFINITY
  readonly sketch: Sketch = new Sketch()

  /** `value` MUST be finite. */
  add(value: number): void {
    this.count++
    this.sum += value
    const distance = value - this.#mean
    this.#mean += distance / this.count
    this.#m2 += distance * (value - this.#mean)
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    this.sketch.add(value)
  }

  merge(other: Aggregate): void {
    this.#mergeMoments(other.count, other.sum, other.#mean, other.#m2, other.min, other.max)
    this.sketch.merge(other.sketch)
  }

  /** Adds what `toMoments` gave. */
  mergeMoments({ count, sum, m2, min, max, sketch }: MetricMoments): void {
    this.#mergeMoments(count, sum, sum / count, m2, min, max)
    this.sketch.mergeEncoded(sketch)
  }

  toMoments(): MetricMoments {
    return {
      count: this.count,
      sum: this.sum,
      m2: this.#m2,
      min: this.min,
      max: this.max,
      sketch: this.sketch.encode(),
    }
  }

  /** Everything 0 where nothing was counted. */
  toFigures(): MetricFigures {
    const { count, sum, min, max } = this
    if (count === 0) return { count, sum, mean: 0, variance: 0, min: 0, max: 0, p50: 0, p95: 0, p99: 0 }
    const [p50, p95, p99] = [50, 95, 99].map((percent) => this.#percentile(percent)) as [number, number, number]
    return { count, sum, mean: sum / count, variance: this.#m2 / count, min, max, p50, p95, p99 }
  }

  /** Nearest rank: of n sorted values the one at ⌈p × n⌉. */
  #percentile(percent: number): number {
    const value = this.sketch.valueAt(Math.ceil((percent * this.count) / 100))
    return Math.min(Math.max(value, this.min), this.max)
  }

  #mergeMoments(count: number, sum: number, mean: number, m2: number, min: number, max: number): void {
    if (count === 0) return
    const all = this.count + count
    const distance = mean - this.#mean
    this.#m2 += m2 + (distance * distance * this.count * count) / all
    this.#mean += (distance * count) / all
    this.count = all
    this.sum += sum
    this.min = Math.min(this.min, min)
    this.max = Math.max(this.max, max)
  }
}
