import type { TimeRange } from "./metrics.ts"

/**
 * What a span is of: a call of a function, and what came before its code ran (`admission`: it waited for a place among the
 * calls of its function; `thread`: for a thread of the sandbox; `load`: its version had to be loaded); a run of a pipeline and
 * its steps; a job, and how long it waited in the queue; a firing of a trigger; a call of a capability; a request to another
 * host.
 */
export const spanKinds = [
  "invocation",
  "admission",
  "thread",
  "load",
  "pipeline",
  "step",
  "job",
  "queue",
  "trigger",
  "capability",
  "fetch",
] as const

export type SpanKind = (typeof spanKinds)[number]

/** One piece of work of a trace. */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** Null where nobody asked for it; a caller outside of the service has a span that is not stored here. */
  readonly parentSpanId: string | null
  readonly kind: SpanKind
  /** The function, pipeline, step, queue, type of event or trigger; of a capability `kv.get`, of a request the host. */
  readonly name: string
  /** The function whose call it is part of; null where it is none. */
  readonly function: string | null
  readonly status: "ok" | "error"
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly durationMs: number
  /** What else is known of it: `invocationId`, `version`, `error` (a code), `method` and the like. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

/** A span as it is stored. */
export interface SpanRecord extends Span {
  readonly organisation: string
  /** For how many spans like it it stands, where traces are sampled. */
  readonly weight: number
}

/** A span with those that it asked for, in the order of their beginning. */
export interface SpanNode extends Span {
  readonly children: readonly SpanNode[]
}

/** What is known of a trace as a whole. */
export interface TraceSummary {
  readonly traceId: string
  /** Of the span that began it. */
  readonly kind: SpanKind
  readonly name: string
  /** Whether any of its spans failed. */
  readonly status: "ok" | "error"
  /** How many spans are stored. */
  readonly spans: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** From the beginning of the first span to the end of the last. */
  readonly durationMs: number
}

/** A trace: every span once, below the one that asked for it. */
export interface Trace extends TraceSummary {
  /** Usually one; more where spans are not stored that others name as their parent. */
  readonly roots: readonly SpanNode[]
  /** False where it has more than 10,000 spans: those that began first are shown, and counted. */
  readonly complete: boolean
}

/** Which traces to list. */
export interface TraceFilter {
  /** Those with a call of this function, by its name. */
  readonly function?: string
  readonly status?: "ok" | "error"
  readonly minDurationMs?: number
  /** Those that began in it. */
  readonly range?: TimeRange
}

/** A place of a path, or of the map of who calls whom. */
export interface SpanPlace {
  readonly kind: SpanKind
  readonly name: string
}

/** Traces that took their time in the same place. */
export interface SlowPath {
  /** From the span that began the trace to the one that decides how long it takes. */
  readonly path: readonly SpanPlace[]
  readonly count: number
  /** How long the traces took, from their first span's beginning to its end. */
  readonly durationMs: { readonly p50: number; readonly p95: number }
  /** The share of it that the last place of the path is to blame for, from 0 to 1: the mean. */
  readonly share: number
  /** The slowest of them, to be looked at. */
  readonly traceId: string
}

/** What is a caller or is called. */
export interface DependencyNode {
  readonly kind: "function" | "pipeline" | "trigger" | "capability" | "host" | "outside"
  readonly name: string
}

/** Who calls whom, and how that goes. */
export interface Dependency {
  readonly from: DependencyNode
  readonly to: DependencyNode
  /** Where traces are sampled, what the stored ones stand for. */
  readonly count: number
  /** From 0 to 1. */
  readonly errorRate: number
  readonly durationMs: { readonly average: number; readonly p95: number }
}

/** What spans of a range tell. */
export interface SpanReading<Item> {
  readonly items: readonly Item[]
  /** How many spans were read. */
  readonly spans: number
  /**
   * False where there are more in the range than are read at once: the newest were; or more than 5,000 in a trace: of that those
   * that began first were.
   */
  readonly complete: boolean
}
