/** Hourly values with a day. */
export function day(length: number): number[] {
  return Array.from({ length }, (_, hour) => 100 + 40 * Math.sin((2 * Math.PI * hour) / 24))
}

/** Hourly values with a day, and weekends that are lower. */
export function week(length: number): number[] {
  return day(length).map((value, hour) => (hour % 168 >= 120 ? value * 0.6 : value))
}

/** Values from 0 to 1 without a pattern, the same for the same seed. */
export function noise(seed: number, length: number): number[] {
  let state = seed
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  })
}
