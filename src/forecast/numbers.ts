/** Reads a number; the index is within its bounds. Of one kind of array only, so that engines compile it away. */
export function at(values: Float64Array, index: number): number {
  return values[index] as number
}

/** The quantile of sorted values, linear between neighbours; NaN where there are none. */
export function quantileOf(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN
  const place = Math.min(1, Math.max(0, share)) * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  const low = at(sorted, below)
  return low + (at(sorted, above) - low) * (place - below)
}

/** The median; NaN where there are no values. */
export function medianOf(values: ArrayLike<number>): number {
  return quantileOf(new Float64Array(values).sort(), 0.5)
}

/** The mean; NaN where there are no values. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] as number
  return sum / values.length
}
