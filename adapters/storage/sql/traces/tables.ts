import type { SpanKind } from "../../../../src/model/span.ts"
import type { Json } from "../column-types.ts"

/** The tables of traces, as Kysely sees them. */
export interface TraceTables {
  inlay_traces: {
    organisation: string
    trace_id: string
    /** Epoch milliseconds, as all times of spans with their fractions. */
    started_at: number
    ended_at: number
    duration_ms: number
    kind: SpanKind
    name: string
    /** How long the span that began it took: of two that began at once, the longer one names the trace. */
    root_ms: number
    status: "ok" | "error"
    spans: number
  }
  inlay_spans: {
    organisation: string
    trace_id: string
    span_id: string
    parent_span_id: string | null
    kind: SpanKind
    name: string
    function: string | null
    status: "ok" | "error"
    started_at: number
    duration_ms: number
    weight: number
    attributes: Json
  }
}
