/** One call that a function made of a capability. */
export interface CapabilityCall {
  readonly organisation: string
  readonly functionId: string
  readonly functionName: string
  readonly invocationId: string
  readonly traceId: string
  /** 16 hexadecimal digits: what the capability does for this call has this span as its parent. */
  readonly spanId: string
  /** The span of the call that asked for it. */
  readonly parentSpanId: string
  /** Whether the caller of that keeps the trace, where it said so. */
  readonly sampled?: boolean
  readonly capability: string
  readonly method: string
  /** How many calls of this capability the invocation has made so far, this one included. */
  readonly count: number
  readonly startedAt: number
  readonly durationMs: number
  /** The code of the error that the function got; null where the call succeeded. */
  readonly code: string | null
}
