import { at } from "./numbers.ts"

/**
 * Solves a system of equations whose matrix is symmetric and positive definite (Cholesky's decomposition, as in Golub and
 * Van Loan, Matrix Computations, 4.2). Reads the lower triangle of `matrix`, row by row, and overwrites it.
 */
export function solveSymmetric(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let sum = at(matrix, row * size + column)
      for (let k = 0; k < column; k++) sum -= at(matrix, row * size + k) * at(matrix, column * size + k)
      matrix[row * size + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / at(matrix, column * size + column)
    }
  }
  const solution = Float64Array.from(right)
  for (let row = 0; row < size; row++) {
    let sum = at(solution, row)
    for (let k = 0; k < row; k++) sum -= at(matrix, row * size + k) * at(solution, k)
    solution[row] = sum / at(matrix, row * size + row)
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = at(solution, row)
    for (let k = row + 1; k < size; k++) sum -= at(matrix, k * size + row) * at(solution, k)
    solution[row] = sum / at(matrix, row * size + row)
  }
  return solution
}
