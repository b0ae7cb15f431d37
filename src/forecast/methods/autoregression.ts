import { at, meanOf } from "../numbers.ts"
import { extend, firstExplained, laggedTerms, termColumns } from "./lagged-terms.ts"
import type { Method, Seasons } from "./method.ts"
import { robustRegression } from "./robust-regression.ts"
import { type ScaleName, scaled, scaleFor } from "./scale.ts"

export interface AutoregressionOptions {
  readonly scale: ScaleName
  /** What is explained: values, their change from one to the next, or from one season to the next. */
  readonly change: "none" | "step" | "season"
  /** Whether the means of the last values, over parts of the season, are terms too (Corsi, 2009). */
  readonly means?: boolean
  /** How much large weights cost. */
  readonly ridge: number
}

const passes = 1

/**
 * Explains each value by the last ones and those around the same place of earlier seasons, and goes on step by step (Box and
 * Jenkins' seasonal autoregression, with weights learnt by robust ridge regression).
 */
export function autoregression(name: string, options: AutoregressionOptions): Method {
  const { ridge, means = false } = options
  return {
    name,
    least: 12,
    // Changes from season to season begin with the second.
    leastSeasons: options.change === "season" ? 2 : 0,
    fit(values, seasons) {
      const scale = scaleFor(values, options.scale)
      const step = stepOf(options.change, seasons)
      const standard = standardised(changes(scaled(values, values.length, scale), step))
      const terms = laggedTerms(standard.values.length, seasons, means)
      const targets = standard.values.subarray(firstExplained(terms))
      const weights = robustRegression(termColumns(standard.values, terms), targets, { ridge, passes })
      return (all, origin, horizon) => {
        const levels = new Float64Array(origin + horizon)
        levels.set(scaled(all, origin, scale))
        const past = changes(levels.subarray(0, origin), step)
        const series = new Float64Array(past.length + horizon)
        for (let index = 0; index < past.length; index++) series[index] = standard.to(at(past, index))
        extend(series, past.length, terms, weights, standard.bounds)
        for (let lead = 0; lead < horizon; lead++) {
          const base = step === 0 ? 0 : at(levels, origin + lead - step)
          levels[origin + lead] = base + standard.from(at(series, past.length + lead))
        }
        return levels.subarray(origin).map(scale.from)
      }
    },
  }
}

function stepOf(change: AutoregressionOptions["change"], seasons: Seasons): number {
  if (change === "none") return 0
  return change === "step" ? 1 : seasons.short
}

/** How far each value is from the one `step` before it; the values where it is 0. */
function changes(values: Float64Array, step: number): Float64Array {
  if (step === 0) return values
  const result = new Float64Array(values.length - step)
  for (let index = step; index < values.length; index++)
    result[index - step] = at(values, index) - at(values, index - step)
  return result
}

/** Values with mean 0 and spread 1, the way there and back, and how far a forecast may leave what was seen. */
function standardised(raw: Float64Array) {
  const mean = meanOf(raw)
  const spread = Math.sqrt(meanOf(raw.map((value) => (value - mean) ** 2))) || 1
  const values = raw.map((value) => (value - mean) / spread)
  const low = values.reduce((a, b) => Math.min(a, b))
  const high = values.reduce((a, b) => Math.max(a, b))
  const room = 0.3 * (high - low)
  return {
    values,
    bounds: { low: low - room, high: high + room },
    to: (value: number) => (value - mean) / spread,
    from: (value: number) => value * spread + mean,
  }
}
