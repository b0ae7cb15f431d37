/** One request that a function sent, until the headers of its answer were there. */
export interface OutgoingRequest {
  readonly organisation: string
  readonly functionId: string
  readonly functionName: string
  readonly invocationId: string
  readonly traceId: string
  /** 16 hexadecimal digits: the one that the request carried in `traceparent`, where the function set none of its own. */
  readonly spanId: string
  /** The span of the call that sent it. */
  readonly parentSpanId: string
  /** Whether the caller of that keeps the trace, where it said so. */
  readonly sampled?: boolean
  readonly method: string
  /** Host and port alone: paths and queries carry secrets. */
  readonly host: string
  /** Null where there was no answer. */
  readonly status: number | null
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly durationMs: number
}
