/**
 * The values without their gaps (`null`, `NaN`). A gap is what was a season before, where a season is given; else it lies on the
 * line between its neighbours, or after the last value is like it. Gaps before the first value are left out.
 */
export function fillGaps(values: readonly (number | null)[], seasonLength: number): readonly number[] {
  const first = values.findIndex(isValue)
  if (first === -1) return []
  const filled: number[] = []
  for (let index = first; index < values.length; index++) {
    const value = values[index]
    filled.push(isValue(value) ? value : (seasonal(filled, seasonLength) ?? onLine(values, index, filled)))
  }
  return filled
}

function isValue(value: number | null | undefined): value is number {
  return value !== null && !Number.isNaN(value)
}

function seasonal(filled: readonly number[], seasonLength: number): number | undefined {
  return seasonLength > 1 ? filled[filled.length - seasonLength] : undefined
}

/** One step of the way from the value before to the next one. */
function onLine(values: readonly (number | null)[], index: number, filled: readonly number[]): number {
  const before = filled.at(-1) as number
  let next = index + 1
  while (next < values.length && !isValue(values[next])) next++
  const after = values[next]
  return isValue(after) && next < values.length ? before + (after - before) / (next - index + 1) : before
}
