import { toSpanMs } from "../metrics/parse-range.ts"
import type { TimeRange } from "../model/metrics.ts"

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
  const from = query.from ?? (query.range === undefined ? 0 : to - toSpanMs(query.range))
  return { from: Math.max(0, from), to: Math.max(0, from, to) }
}
