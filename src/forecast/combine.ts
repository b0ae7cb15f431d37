import { at } from "./numbers.ts"

/** Below this share of the best error, errors are the same: none of the forecasters is trusted alone for luck. */
const indifference = 0.02

/** Of the mean absolute error. Between 3 and 5, all series at hand are forecast alike. */
const power = 4

/** Of heights about one: what is closer is the same but for rounding, which must not say whose turn comes first. */
const same = 1e-9

/**
 * How much each path counts: by the inverse of its error to a power. Bates and Granger (1969) take the squared error, and Stock
 * and Watson (1999) powers of that, which trust the best ones more.
 */
export function weightsOf(errors: readonly number[]): Float64Array {
  const best = Math.min(...errors)
  const floor = indifference * best || Number.MIN_VALUE
  return Float64Array.from(errors, (error) => ((best + floor) / (error + floor)) ** power)
}

/** The weighted median of paths, point by point, linear between neighbours: one path that went astray moves it little. */
export function weightedMedian(paths: readonly Float64Array[], weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const order = paths.map((_, index) => index)
  const heights = new Float64Array(paths.length)
  const median = new Float64Array(paths[0]?.length ?? 0)
  for (let lead = 0; lead < median.length; lead++) {
    for (let index = 0; index < paths.length; index++) heights[index] = at(paths[index] as Float64Array, lead)
    sortBy(heights, order)
    median[lead] = middle(heights, order, weights, total / 2)
  }
  return median
}

/** Insertion sort: the order of one point is nearly that of the next. */
function sortBy(heights: Float64Array, order: number[]): void {
  for (let place = 1; place < order.length; place++) {
    const index = order[place] as number
    const height = at(heights, index)
    let free = place
    for (; free > 0 && at(heights, order[free - 1] as number) > height; free--) order[free] = order[free - 1] as number
    order[free] = index
  }
}

/** The height at which half of the weight is passed, each weight lying around its height; those of one height are one. */
function middle(heights: Float64Array, order: readonly number[], weights: Float64Array, half: number): number {
  const heightOf = (place: number) => at(heights, order[place] as number)
  let passed = 0
  let lowerPlace = Number.NEGATIVE_INFINITY
  let lower = Number.NaN
  for (let first = 0; first < order.length; ) {
    const height = heightOf(first)
    const most = height + same * Math.max(1, Math.abs(height))
    let weight = 0
    do weight += at(weights, order[first++] as number)
    while (first < order.length && heightOf(first) <= most)
    const place = passed + weight / 2
    if (place >= half) {
      if (lowerPlace === Number.NEGATIVE_INFINITY) return height
      return lower + ((height - lower) * (half - lowerPlace)) / (place - lowerPlace)
    }
    lowerPlace = place
    lower = height
    passed += weight
  }
  return lower
}
