import type { MeanState } from "../moving-mean.ts"

const hourMs = 3_600_000

/** What is kept of them, as JSON: by hour, with how many values each mean has seen. */
export interface HourlyState {
  readonly means: readonly number[]
  readonly counts: readonly number[]
}

/** Moving means by the hour of a day or a week (UTC). In two arrays, for every series has very many. */
export class HourlyMeans {
  private readonly means: Float32Array
  private readonly counts: Uint8Array
  private readonly rate: number

  /** `points`: how many points back a value's weight has fallen to 1/e. The means may come as they were stored once, one object each. */
  constructor(hours: number, points: number, state?: HourlyState | readonly (MeanState | null)[]) {
    const { means, counts } = state && "means" in state ? state : fromObjects(state ?? [])
    this.means = Float32Array.from({ length: hours }, (_, hour) => means[hour] ?? 0)
    this.counts = Uint8Array.from({ length: hours }, (_, hour) => counts[hour] ?? 0)
    this.rate = 1 - Math.exp(-1 / points)
  }

  /** The mean of the hour in which that is; null where none was seen. */
  at(timestampMs: number): number | null {
    const hour = this.hourOf(timestampMs)
    return this.counts[hour] ? (this.means[hour] ?? 0) : null
  }

  push(timestampMs: number, value: number): void {
    const hour = this.hourOf(timestampMs)
    const mean = this.means[hour] ?? 0
    const count = (this.counts[hour] ?? 0) + 1
    this.means[hour] = mean + (value - mean) * Math.max(this.rate, 1 / count)
    // From then on the rate alone says how much a value weighs.
    this.counts[hour] = Math.min(count, Math.ceil(1 / this.rate))
  }

  toJSON(): HourlyState {
    return { means: Array.from(this.means, (mean) => Number(mean.toPrecision(3))), counts: [...this.counts] }
  }

  private hourOf(timestampMs: number): number {
    return Math.floor(timestampMs / hourMs) % this.means.length
  }
}

function fromObjects(all: readonly (MeanState | null)[]): HourlyState {
  return {
    means: all.map((one) => one?.mean ?? 0),
    counts: all.map((one) => Math.min(one?.count ?? 0, 255)),
  }
}
