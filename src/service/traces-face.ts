import { parseRange } from "../metrics/parse-range.ts"
import type { Page, PageInput } from "../model/page.ts"
import type { Dependency, SlowPath, SpanReading, Trace, TraceFilter, TraceSummary } from "../model/span.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { RangeInput } from "./metrics-face.ts"
import type { Parts } from "./parts.ts"

/** Why something took as long as it did, and who calls whom: of what is kept. */
export interface TracesFace {
  /** A trace with its spans, at most 10,000; `FN_001` where none is kept. */
  get(traceId: string): Promise<Trace>
  /** Newest first; `function` is a name or id. */
  list(
    filter?: Omit<TraceFilter, "range"> & { readonly range?: RangeInput },
    page?: PageInput,
  ): Promise<Page<TraceSummary>>
  /**
   * Traces grouped by the chain of spans that decides how long they take, the slowest first by their 95th percentile.
   * With `function`, of traces alone that have a call of it. At most 100,000 spans are read, the newest.
   */
  slowest(options?: {
    /** @default the last 24 hours */
    readonly range?: RangeInput
    /** A name or id. */
    readonly function?: string
    /** @default 20 */
    readonly limit?: number
  }): Promise<SpanReading<SlowPath>>
  /** Who calls whom, the most frequent first. At most 100,000 spans are read, the newest. */
  dependencies(options?: {
    /** @default the last 24 hours */
    readonly range?: RangeInput
  }): Promise<SpanReading<Dependency>>
}

const day = "24h"

/** The traces of one organisation. */
export function bindTraces(
  { lookup, traces, durable }: Pick<Parts, "lookup" | "traces" | "durable">,
  organisation: string,
): TracesFace {
  async function nameOf(name: string | undefined): Promise<{ readonly function?: string }> {
    return name === undefined ? {} : { function: (await lookup.find(organisation, name)).name }
  }
  const toRange = (range: RangeInput) => parseRange(range, durable.now())

  return {
    get: (traceId) => traces.get(organisation, traceId),
    async list({ function: name, range, ...filter } = {}, page) {
      const own = { ...filter, ...(await nameOf(name)), ...(range !== undefined && { range: toRange(range) }) }
      return await traces.list(organisation, own, toPageRequest(page))
    },
    async slowest({ range = day, function: name, limit } = {}) {
      const query = { range: toRange(range), ...(await nameOf(name)) }
      return await traces.slowest(organisation, query, toPageRequest({ limit: limit ?? 20 }).limit)
    },
    dependencies: async ({ range = day } = {}) => await traces.dependencies(organisation, toRange(range)),
  }
}
