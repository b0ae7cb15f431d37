import type { MetricFigures, MetricPoint } from "../model/metrics.ts"
import { Aggregate } from "./aggregate.ts"
import type { Steps } from "./read-points.ts"

/** Some series put together, step by step. */
export interface Reading {
  /** Of all values from `from` to before `to`, which MUST be steps' ends. */
  figures(from: number, to: number): MetricFigures
  /** Steps with values, oldest first. */
  readonly points: readonly MetricPoint[]
}

/** Makes it; quantiles are found where they are asked for. */
export function toReading(steps: Steps, stepMs: number): Reading {
  return {
    figures(from, to) {
      const all = new Aggregate()
      for (let at = from; at < to; at += stepMs) {
        const step = steps.get(at)
        if (step) all.merge(step)
      }
      return all.toFigures()
    },
    get points() {
      const sorted = [...steps].sort(([a], [b]) => a - b)
      return sorted.map(([at, step]) => ({ at, ...step.toFigures() }))
    },
  }
}
