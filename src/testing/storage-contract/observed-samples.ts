import type { IngestSource } from "../../model/ingestion.ts"
import type { LogLine } from "../../model/log.ts"
import type { SpanRecord } from "../../model/span.ts"
import type { ErrorOccurrences } from "../../ports/error-group-storage.ts"
import type { IngestChange } from "../../ports/ingest-storage.ts"
import { newSpanId, newTraceId } from "../../util/id.ts"
import { toIdTime } from "../../util/log-id.ts"
import { sampleSeries, sampleTime, sampleWindow } from "./samples.ts"

/** Two failures of one group. */
export function sampleErrors(organisation: string, changes: Partial<ErrorOccurrences> = {}): ErrorOccurrences {
  const example = { invocationId: "i", traceId: "t", version: 1, message: "no 7", stack: "at f (index.ts:1:1)" }
  return {
    organisation,
    id: "sample",
    functionId: "f",
    functionName: "sample",
    code: "FN_004",
    name: "Error",
    message: "no <n>",
    count: 2,
    firstAt: sampleTime,
    firstVersion: 1,
    lastAt: sampleTime,
    lastVersion: 1,
    last: { ...example, at: sampleTime },
    ...changes,
  }
}

let linesMade = 0

/** A line that a function wrote; later ones have greater ids. */
export function sampleLogLine(organisation: string, changes: Partial<LogLine> = {}): LogLine {
  return {
    organisation,
    id: `${toIdTime(sampleTime)}-${String(linesMade++).padStart(10, "0")}`,
    time: sampleTime,
    level: "info",
    message: "sample",
    fields: {},
    functionId: "f",
    functionName: "sample",
    version: 1,
    invocationId: "i",
    traceId: "t",
    ...changes,
  }
}

/** A span of a call. */
export function sampleSpan(organisation: string, changes: Partial<SpanRecord> = {}): SpanRecord {
  return {
    organisation,
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentSpanId: null,
    kind: "invocation",
    name: "f",
    function: "f",
    status: "ok",
    startedAt: sampleTime,
    durationMs: 1.5,
    weight: 1,
    attributes: { version: 1 },
    ...changes,
  }
}

/** A source of points. */
export function sampleSource(organisation: string, name: string, change: Partial<IngestSource> = {}): IngestSource {
  return {
    organisation,
    name,
    enabled: true,
    dimensions: {},
    keys: {},
    createdAt: sampleTime,
    updatedAt: sampleTime,
    ...change,
  }
}

/** What is stored of a batch: one window of the series `s`. */
export function sampleIngestChange(organisation: string): IngestChange {
  return {
    answer: "{}",
    windows: [sampleWindow(organisation, "s")],
    series: [sampleSeries(organisation, "s")],
    jobs: [],
  }
}
