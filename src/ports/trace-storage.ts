import type { TimeRange } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { Span, SpanRecord, TraceFilter, TraceSummary } from "../model/span.ts"

/** A span as the map and the slowest paths read it. */
export type ReadSpan = Omit<SpanRecord, "organisation" | "attributes">

/** Which spans to read. */
export interface SpanQuery {
  /** Those that began in it. */
  readonly range: TimeRange
  /** Of traces alone that have a call of this function in the range. */
  readonly function?: string
}

/** Spans, and a summary of each trace that grows with them. */
export interface TraceStore {
  /**
   * Adds spans, and each to the summary of its trace, in one transaction. One whose trace and id are known MUST be passed
   * over, so that writing a batch again changes nothing.
   */
  insert(spans: readonly SpanRecord[]): Promise<void>
  /** Those of one trace that began first, at most `limit`, in any order. */
  find(organisation: string, traceId: string, limit: number): Promise<readonly Span[]>
  /** Newest first, by their beginning; the cursor names the last one. */
  list(organisation: string, filter: TraceFilter, page: PageRequest): Promise<Page<TraceSummary>>
  /** Newest first, by their beginning; the cursor names the last one. */
  read(organisation: string, query: SpanQuery, page: PageRequest): Promise<Page<ReadSpan>>
  /** Removes traces of all organisations whose last span ended before then, with all their spans; answers how many traces. */
  expire(endedBefore: number, limit: number): Promise<number>
}
