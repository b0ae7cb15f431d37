import { at, medianOf } from "../numbers.ts"
import { solveSymmetric } from "../solve.ts"

export interface RegressionOptions {
  /** How much large weights cost; that of the last column, of ones, is free. */
  readonly ridge: number
  /** How often rows that fit badly are weighed down and all is solved again. */
  readonly passes: number
}

/**
 * The weight of each column. Ridge regression (Hoerl and Kennard, 1970) by iteratively reweighted least squares with Huber's
 * weights (1964), bounded at the median residual: half of the rows count by their sign, so that spikes bend the weights little.
 */
export function robustRegression(
  columns: readonly Float64Array[],
  targets: Float64Array,
  { ridge, passes }: RegressionOptions,
): Float64Array {
  const trust = new Float64Array(targets.length).fill(1)
  let weights = solve(columns, targets, trust, ridge)
  for (let pass = 0; pass < passes; pass++) {
    const apart = absoluteResiduals(columns, targets, weights)
    const bound = Math.max(medianOf(apart), 1e-4)
    for (let row = 0; row < trust.length; row++) trust[row] = Math.min(1, bound / at(apart, row))
    weights = solve(columns, targets, trust, ridge)
  }
  return weights
}

function absoluteResiduals(
  columns: readonly Float64Array[],
  targets: Float64Array,
  weights: Float64Array,
): Float64Array {
  const left = Float64Array.from(targets)
  columns.forEach((column, index) => {
    const weight = at(weights, index)
    for (let row = 0; row < left.length; row++) left[row] = at(left, row) - weight * at(column, row)
  })
  return left.map(Math.abs)
}

/** Solves the normal equations, of which the lower triangle is enough. */
function solve(
  columns: readonly Float64Array[],
  targets: Float64Array,
  trust: Float64Array,
  ridge: number,
): Float64Array {
  const count = columns.length
  const matrix = new Float64Array(count * count)
  const right = new Float64Array(count)
  const products = new Float64Array(4)
  const one = new Float64Array(targets.length)
  const other = new Float64Array(targets.length)
  for (let i = 0; i < count; i += 2) {
    // Of an odd number of columns, the last is its own neighbour.
    const nextI = Math.min(i + 1, count - 1)
    weigh(columns[i] as Float64Array, trust, one)
    weigh(columns[nextI] as Float64Array, trust, other)
    multiply(one, other, targets, targets, products)
    right[i] = at(products, 0)
    right[nextI] = at(products, 2)
    for (let j = 0; j <= i; j += 2) {
      const nextJ = Math.min(j + 1, count - 1)
      multiply(one, other, columns[j] as Float64Array, columns[nextJ] as Float64Array, products)
      matrix[i * count + j] = at(products, 0)
      matrix[i * count + nextJ] = at(products, 1)
      matrix[nextI * count + j] = at(products, 2)
      matrix[nextI * count + nextJ] = at(products, 3)
    }
  }
  for (let i = 0; i < count; i++) {
    matrix[i * count + i] = at(matrix, i * count + i) + (i === count - 1 ? 1e-3 : ridge)
  }
  return solveSymmetric(matrix, right)
}

function weigh(column: Float64Array, trust: Float64Array, result: Float64Array): void {
  for (let row = 0; row < result.length; row++) result[row] = at(column, row) * at(trust, row)
}

/** The inner products of two columns with two others, in one go: this is where forecasts spend their time. */
function multiply(a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array, products: Float64Array): void {
  let ac = 0
  let ad = 0
  let bc = 0
  let bd = 0
  for (let row = 0; row < a.length; row++) {
    const x = a[row] as number
    const y = b[row] as number
    const u = c[row] as number
    const v = d[row] as number
    ac += x * u
    ad += x * v
    bc += y * u
    bd += y * v
  }
  products[0] = ac
  products[1] = ad
  products[2] = bc
  products[3] = bd
}
