/** A value, and for how many it stands. */
export interface Weighted {
  readonly value: number
  readonly weight: number
}

/** The least value that at least this share of the whole weight is at or below; 0 where there are none. */
export function quantile(values: readonly Weighted[], share: number): number {
  const sorted = [...values].sort((one, other) => one.value - other.value)
  const wanted = share * sum(sorted.map(({ weight }) => weight))
  let reached = 0
  for (const { value, weight } of sorted) {
    reached += weight
    // The sum of fractions may fall short of the whole by their rounding.
    if (reached >= wanted * (1 - 1e-9)) return value
  }
  return sorted.at(-1)?.value ?? 0
}

/** The weighted mean; 0 where there are none. */
export function mean(values: readonly Weighted[]): number {
  const weight = sum(values.map((one) => one.weight))
  return weight === 0 ? 0 : sum(values.map((one) => one.value * one.weight)) / weight
}

/** The sum of numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
