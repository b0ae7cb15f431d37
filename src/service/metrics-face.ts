import type { MetricPoint, MetricQuery, MetricsReport, MetricsSummary, NewPoint, TimeRange } from "../model/metrics.ts"
import type { Page, PageInput } from "../model/page.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { Parts } from "./parts.ts"

/** A range as callers write it: from and to, or the time up to now, such as `"1h"` or `"7d"`. */
export type RangeInput = TimeRange | string

/** What happened in an organisation, counted. */
export interface MetricsFace {
  /** Count, error rate and percentiles; the last 24 hours where no range is given. */
  summary(name: string, options?: { readonly range?: RangeInput }): Promise<MetricsSummary>
  /**
   * What was measured under a key, in steps, oldest first; steps without values are left out. `FN_001` where nothing was.
   * What other processes measure is in it a minute later.
   */
  query(query: MetricQuery, page?: PageInput): Promise<Page<MetricPoint>>
  /** A month of a function, such as `2026-10`, UTC: day by day, beside the month before. @default the present month */
  report(name: string, options?: { readonly month?: string }): Promise<MetricsReport>
  /** Records values that the host has measured; `FN_006` where one is none, and then none is recorded. */
  record(points: readonly NewPoint[]): void
  /** Counters of this process since it began, in the text format of Prometheus. */
  prometheus(): string
}

/** The metrics of one organisation. */
export function bindMetrics({ lookup, metrics }: Pick<Parts, "lookup" | "metrics">, organisation: string): MetricsFace {
  const find = (name: string) => lookup.find(organisation, name)
  return {
    async summary(name, options) {
      const record = await find(name)
      return metrics.summary(organisation, record.id, record.name, options?.range)
    },
    async query(query, page) {
      const functionId = query.function === undefined ? undefined : (await find(query.function)).id
      return metrics.query(organisation, functionId, query, toPageRequest(page))
    },
    async report(name, options) {
      const record = await find(name)
      return metrics.report(organisation, { functionId: record.id, name: record.name }, options?.month)
    },
    record: (points) => metrics.recordPoints(organisation, points),
    prometheus: () => metrics.prometheus(organisation),
  }
}
