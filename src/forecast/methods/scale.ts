import { at, meanOf, medianOf } from "../numbers.ts"

/** The scale on which a method works, and the way back. */
export interface Scale {
  readonly to: (value: number) => number
  readonly from: (value: number) => number
}

/** Which scale: logarithmic (the values as they are where one is not positive), or the inverse hyperbolic sine. */
export type ScaleName = "logarithm" | "arcsinh"

/**
 * The scale for values. The inverse hyperbolic sine of what is above the median, in median deviations, damps spikes of both
 * signs and is defined for zero (Burbidge, Magee and Robb, 1988); it moves and stretches along with the values.
 */
export function scaleFor(values: Float64Array, name: ScaleName): Scale {
  if (name === "arcsinh") return arcsinh(values)
  return values.every((value) => value > 0)
    ? { to: Math.log, from: Math.exp }
    : { to: (value) => value, from: (value) => value }
}

function arcsinh(values: Float64Array): Scale {
  const centre = medianOf(values)
  const apart = values.map((value) => Math.abs(value - centre))
  const unit = medianOf(apart) || meanOf(apart) || 1
  return { to: (value) => Math.asinh((value - centre) / unit), from: (value) => Math.sinh(value) * unit + centre }
}

/** The values on the scale. */
export function scaled(values: Float64Array, end: number, scale: Scale): Float64Array {
  const result = new Float64Array(end)
  for (let index = 0; index < end; index++) result[index] = scale.to(at(values, index))
  return result
}
