import type { TimeRange } from "../model/metrics.ts"

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** A length of time up to now: `30m`, `1h`, `7d`; a bare number is seconds. */
export const rangePattern: RegExp = /^([1-9][0-9]{0,8})([smhdw]?)$/

/** The milliseconds of a length of time; NaN where the text is none. */
export function toSpanMs(text: string): number {
  const [, count, unit] = rangePattern.exec(text) ?? []
  return Number(count) * (unitMs[unit || "s"] ?? Number.NaN)
}

/** Whether a length of time may be the step of a query: whole minutes, of a year at most. */
export function isStep(text: string): boolean {
  const spanMs = toSpanMs(text)
  return spanMs <= 31_622_400_000 && spanMs % 60_000 === 0
}

/**
 * Reads a range: `"15m"`, `"1h"`, `"7d"` back from now (which it includes), or `{ from, to }` in epoch milliseconds.
 * Throws `RangeError` where it is neither.
 */
export function parseRange(input: TimeRange | string, now: number): TimeRange {
  if (typeof input === "string") {
    const spanMs = toSpanMs(input)
    // The present millisecond is not over: what happened in it is in the range.
    if (spanMs <= now) return { from: now + 1 - spanMs, to: now + 1 }
  } else if (typeof input === "object" && input !== null) {
    const { from, to } = input
    if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to) return { from, to }
  }
  throw new RangeError(
    `Cannot read range ${shown(input)}: write "15m", "1h" or "7d", or { from, to } in epoch milliseconds, from before to.`,
  )
}

function shown(input: unknown): string {
  if (typeof input === "string") return `"${input.slice(0, 40)}"`
  if (typeof input !== "object" || input === null) return String(input)
  const { from, to } = input as { readonly from?: unknown; readonly to?: unknown }
  return `from ${typeof from === "number" ? from : typeof from} to ${typeof to === "number" ? to : typeof to}`
}
