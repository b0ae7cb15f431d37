/** How many digits the time takes in an id, as in those of version 7. */
const timeDigits = 12
const lastTime = 16 ** timeDigits - 1

/** What ids of this time begin with, and all later ones are greater than. */
export function toIdTime(timeMs: number): string {
  return Math.min(Math.max(Math.ceil(timeMs), 0), lastTime)
    .toString(16)
    .padStart(timeDigits, "0")
}
