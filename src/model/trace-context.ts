/** Where something stands in a trace, in the terms of W3C trace context. */
export interface TraceContext {
  /** The trace to go on with: 32 hexadecimal digits. @default a new one */
  readonly traceId?: string
  /** The span that asks for it: 16 hexadecimal digits. */
  readonly parentSpanId?: string
  /** What tracing systems tell one another, in the form of `tracestate`; requests that the call makes carry it on. */
  readonly traceState?: string
  /** Whether the caller keeps this trace. @default what the service's own sampling says */
  readonly sampled?: boolean
}

/** The `traceparent` of a span. */
export function toTraceparent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
}
