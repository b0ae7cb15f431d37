/** What the number of an option must be: from `least` on, or above `above`; `isWhole` leaves no fractions, and no infinity. */
export interface NumberBounds {
  readonly least?: number
  readonly above?: number
  readonly isWhole?: boolean
}

/** `RangeError` where what an option was set to is no number within its bounds; what was left out is not looked at. */
export function checkNumber(name: string, value: unknown, { least, above, isWhole = false }: NumberBounds): void {
  if (value === undefined) return
  const isNumber = isWhole ? Number.isSafeInteger(value) : typeof value === "number" && !Number.isNaN(value)
  const number = value as number
  if (isNumber && (least === undefined || number >= least) && (above === undefined || number > above)) return
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value)
  const bound = above === undefined ? `from ${least}` : `above ${above}`
  throw new RangeError(
    `Cannot open the service with ${name} ${shown}: it must be a ${isWhole ? "whole number" : "number"} ${bound}.`,
  )
}
