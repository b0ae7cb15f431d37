const pattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/**
 * Epoch milliseconds of a date, or of a date and time, of ISO 8601, such as `2026-03-01` or `2026-03-01T09:00+01:00`. Without
 * an offset it is UTC, wherever it is read. Undefined where the text is none, or a day that its month does not have.
 */
export function readIsoTime(text: string): number | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const day = text.slice(0, 10)
  // `Date` takes February 30 for March 2.
  if (Number.isNaN(Date.parse(day)) || new Date(day).toISOString().slice(0, 10) !== day) return undefined
  const [, time, , , offset] = match
  const at = Date.parse(time && !offset ? `${text}Z` : text)
  return Number.isNaN(at) ? undefined : at
}
