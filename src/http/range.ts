import type { TimeRange } from "../model/metrics.ts"

/** A length of time up to now, as queries write it: `1h`, `30m`, `7d`; a bare number is seconds. */
export const rangePattern: RegExp = /^[1-9][0-9]{0,8}(?:s|m|h|d|w)?$/

/**
 * Reads `range`, or `from` and `to` (epoch milliseconds); undefined where a query has none of them. One that ends before
 * it begins is empty.
 */
export function toTimeRange(
  query: { readonly range?: string | undefined; readonly from?: number | undefined; readonly to?: number | undefined },
  nowMs: number,
): TimeRange | undefined {
  if (query.range === undefined && query.from === undefined && query.to === undefined) return undefined
  // The present millisecond belongs to what has happened.
  const to = query.to ?? nowMs + 1
  const from = query.from ?? (query.range === undefined ? 0 : to - toMilliseconds(query.range))
  return { from: Math.max(0, from), to: Math.max(0, from, to) }
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

function toMilliseconds(range: string): number {
  return Number.parseInt(range, 10) * (units[range.slice(-1)] ?? 1_000)
}
