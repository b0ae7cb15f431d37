import type { FunctionsError } from "../errors/functions-error.ts"

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

/** Throws what `refuse` makes of the field where a host's own code names no trace, or no span, that W3C trace context has. */
export function checkTrace(
  { traceId, parentSpanId }: Pick<TraceContext, "traceId" | "parentSpanId">,
  refuse: (path: string, message: string) => FunctionsError,
): void {
  if (traceId !== undefined && !isTraceId(traceId)) throw refuse("traceId", `must be ${traceIdForm}`)
  if (parentSpanId !== undefined && !isSpanId(parentSpanId)) throw refuse("parentSpanId", `must be ${spanIdForm}`)
}

/** What a trace may be known by, in words. */
export const traceIdForm: string = toForm(32)
/** The same of a span. */
export const spanIdForm: string = toForm(16)

/** Whether a trace may be known by it. */
export function isTraceId(id: unknown): boolean {
  return isHex(id, 32)
}

/** Whether a span may be known by it. */
export function isSpanId(id: unknown): boolean {
  return isHex(id, 16)
}

function isHex(id: unknown, digits: number): boolean {
  return typeof id === "string" && id.length === digits && /^[0-9a-f]+$/.test(id) && /[^0]/.test(id)
}

function toForm(digits: number): string {
  return `${digits} hexadecimal digits in lower case, not all of them 0`
}
