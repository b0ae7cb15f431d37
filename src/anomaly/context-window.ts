import type { ContextSummary } from "../model/anomaly.ts"
import type { CompletedContext } from "./types.ts"

interface Pending {
  readonly timestampMs: number
  readonly before: ContextSummary
  /** Of the points so far, which is how many there are in the window before the anomaly's own. */
  readonly at: number
}

export interface ContextState {
  readonly values: readonly number[]
  readonly pushed: number
  readonly pending: readonly Pending[]
}

/** The last values, and the anomalies that still wait for those after them. */
export class ContextWindow {
  private readonly beforeSize: number
  private readonly afterSize: number
  private readonly ring: Float64Array
  private pushed: number
  private readonly pending: Pending[]

  constructor(beforeSize: number, afterSize: number, state: ContextState = { values: [], pushed: 0, pending: [] }) {
    this.beforeSize = beforeSize
    this.afterSize = afterSize
    this.ring = new Float64Array(Math.max(beforeSize, afterSize, 1))
    this.pushed = state.pushed
    const kept = state.values.slice(-this.ring.length)
    kept.forEach((value, at) => {
      this.ring[(this.pushed - kept.length + at) % this.ring.length] = value
    })
    this.pending = [...state.pending]
  }

  /** The points before the one that comes next. */
  before(): ContextSummary {
    return this.summary(this.beforeSize)
  }

  /** Takes a value in; the context that it completes, if it does. */
  push(value: number): CompletedContext | undefined {
    this.ring[this.pushed % this.ring.length] = value
    this.pushed++
    const first = this.pending[0]
    if (first === undefined || this.pushed <= first.at + this.afterSize) return undefined
    this.pending.shift()
    return { timestampMs: first.timestampMs, before: first.before, after: this.summary(this.afterSize) }
  }

  /** Waits for the points after an anomaly; called before its own value is pushed. */
  awaitAfter(timestampMs: number, before: ContextSummary): void {
    if (this.afterSize > 0) this.pending.push({ timestampMs, before, at: this.pushed })
  }

  toJSON(): ContextState {
    const size = Math.min(this.pushed, this.ring.length)
    const values = Array.from({ length: size }, (_, at) => this.ring[(this.pushed - size + at) % this.ring.length] ?? 0)
    return { values, pushed: this.pushed, pending: [...this.pending] }
  }

  private summary(wanted: number): ContextSummary {
    const count = Math.min(wanted, this.pushed)
    if (count === 0) return { count, mean: 0, standardDeviation: 0, min: 0, max: 0 }
    let [mean, squares, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let at = 1; at <= count; at++) {
      const value = this.ring[(this.pushed - at) % this.ring.length] ?? 0
      // Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 1962.
      const apart = value - mean
      mean += apart / at
      squares += apart * (value - mean)
      min = Math.min(min, value)
      max = Math.max(max, value)
    }
    return { count, mean, standardDeviation: Math.sqrt(squares / count), min, max }
  }
}
