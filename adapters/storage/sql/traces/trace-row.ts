import type { Selectable } from "kysely"
import type { Span, SpanRecord, TraceSummary } from "../../../../src/model/span.ts"
import type { ReadSpan } from "../../../../src/ports/trace-storage.ts"
import { readJson } from "../../../../src/util/read-json.ts"
import type { GivenColumns } from "../engine.ts"
import { type InsertedRow, toRow } from "../row-insertion.ts"
import type { TraceTables } from "./tables.ts"

type SpanRow = Selectable<TraceTables["inlay_spans"]>
type TraceRow = Selectable<TraceTables["inlay_traces"]>

/** The columns of spans. */
export const spanColumns: GivenColumns = {
  organisation: "text",
  trace_id: "text",
  span_id: "text",
  parent_span_id: "text",
  kind: "text",
  name: "text",
  function: "text",
  status: "text",
  started_at: "double precision",
  duration_ms: "double precision",
  weight: "double precision",
  attributes: "text",
}

/** The values of a span's row. */
export function toSpanRow(span: SpanRecord): InsertedRow {
  return toRow(spanColumns, {
    organisation: span.organisation,
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    kind: span.kind,
    name: toStorable(span.name),
    function: span.function,
    status: span.status,
    started_at: span.startedAt,
    duration_ms: span.durationMs,
    weight: span.weight,
    attributes: JSON.stringify(span.attributes),
  })
}

/** A row as a span. */
export function toSpan(row: SpanRow): Span {
  const { weight: _, ...span } = toReadSpan(row)
  return { ...span, attributes: readJson(row.attributes, {}) }
}

/** A row without its attributes as a span. */
export function toReadSpan(row: Omit<SpanRow, "attributes">): ReadSpan {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    kind: row.kind,
    name: row.name,
    function: row.function,
    status: row.status,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    weight: row.weight,
  }
}

/** The columns of traces. */
export const traceColumns: GivenColumns = {
  organisation: "text",
  trace_id: "text",
  started_at: "double precision",
  ended_at: "double precision",
  duration_ms: "double precision",
  kind: "text",
  name: "text",
  root_ms: "double precision",
  status: "text",
  spans: "integer",
}

/**
 * What spans add to the summaries of their traces, one row for each trace; in one order, so that two processes which write
 * rows of the same traces do not wait for each other.
 */
export function toTraceRows(spans: readonly SpanRecord[]): readonly InsertedRow[] {
  const traces = new Map<string, SpanRecord[]>()
  for (const span of spans) {
    const key = `${span.organisation}/${span.traceId}`
    const known = traces.get(key)
    if (known) known.push(span)
    else traces.set(key, [span])
  }
  const keys = [...traces.keys()].sort()
  return keys.map((key) => toTraceRow(traces.get(key) ?? []))
}

function toTraceRow(spans: readonly SpanRecord[]): InsertedRow {
  const root = spans.reduce((first, span) => (beganBefore(span, first) ? span : first))
  const endedAt = Math.max(...spans.map((span) => span.startedAt + span.durationMs))
  return toRow(traceColumns, {
    organisation: root.organisation,
    trace_id: root.traceId,
    started_at: root.startedAt,
    ended_at: endedAt,
    duration_ms: endedAt - root.startedAt,
    kind: root.kind,
    name: toStorable(root.name),
    root_ms: root.durationMs,
    status: spans.some(({ status }) => status === "error") ? "error" : "ok",
    spans: spans.length,
  })
}

function beganBefore(one: SpanRecord, other: SpanRecord): boolean {
  return one.startedAt === other.startedAt ? one.durationMs > other.durationMs : one.startedAt < other.startedAt
}

/** A row as a summary. */
export function toTraceSummary(row: TraceRow): TraceSummary {
  return {
    traceId: row.trace_id,
    kind: row.kind,
    name: row.name,
    status: row.status,
    spans: row.spans,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
  }
}

/** PostgreSQL refuses U+0000; neither database keeps halves of surrogate pairs. */
function toStorable(name: string): string {
  return name.replaceAll(/[\0\p{Surrogate}]/gu, "\uFFFD")
}
