import { at, meanOf, quantileOf } from "./numbers.ts"
import { widening } from "./student.ts"

/** Between which values a point lies with the probability of the level. */
export interface Interval {
  readonly lower: readonly number[]
  readonly upper: readonly number[]
}

/** By level in percent, such as 95. */
export type Intervals = Readonly<Record<number, Interval>>

/** A point's errors are few: so many neighbours on each side tell of it too. */
const beside = 2

/**
 * How far a point may be from its forecast, by point: the quantile of the absolute errors that trials made so many points ahead
 * (split conformal prediction: Vovk, Gammerman and Shafer, 2005), wider by Student's t because trials are few. Beyond the
 * reach of trials it grows as it did within.
 */
export function halfWidths(errors: readonly Float64Array[], horizon: number, level: number): Float64Array {
  const reach = errors[0]?.length ?? 0
  if (reach === 0) return new Float64Array(horizon)
  const factor = widening(level / 100, errors.length - 1)
  const within = Float64Array.from({ length: Math.min(reach, horizon) }, (_, lead) => {
    const near: number[] = []
    for (const path of errors) {
      for (let index = Math.max(0, lead - beside); index <= Math.min(reach - 1, lead + beside); index++) {
        near.push(Math.abs(at(path, index)))
      }
    }
    return quantileOf(new Float64Array(near).sort(), level / 100) * factor
  })
  const last = meanOf(within.subarray(-Math.max(1, Math.floor(within.length / 2))))
  const exponent = growthOf(errors, reach)
  return Float64Array.from({ length: horizon }, (_, lead) =>
    lead < reach ? at(within, lead) : last * ((lead + 1) / reach) ** exponent,
  )
}

/** The power of the lead by which errors grow: 0 where they do not, 0.5 as those of a random walk, and no more. */
function growthOf(errors: readonly Float64Array[], reach: number): number {
  if (reach < 4) return 0.5
  const half = Math.floor(reach / 2)
  const size = (from: number, to: number) => meanOf(errors.map((path) => meanOf(path.subarray(from, to).map(Math.abs))))
  const near = size(0, half)
  const far = size(half, reach)
  // The middles of the halves are three times as far apart.
  return near > 0 && far > near ? Math.min(0.5, Math.log(far / near) / Math.log(3)) : 0
}
