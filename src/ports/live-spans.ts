import type { SpanKind } from "../model/span.ts"
import type { TraceContext } from "../model/trace-context.ts"

/** A span that begins. */
export interface BeginningSpan extends TraceContext {
  readonly kind: SpanKind
  readonly name: string
  readonly organisation: string
  /** Epoch milliseconds. */
  readonly startedAt: number
}

/** A span that goes on. Its end is told as a fact that names its id. */
export interface LiveSpan {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  /** Runs something that this span asks for, so that what the host does in it finds this span as its parent. */
  within<Result>(work: () => Result): Result
  /** Ends it where no fact will tell of it. */
  fail(error: unknown): void
}

/** Follows spans while they go on, and gives them their ids. */
export interface LiveSpans {
  begin(span: BeginningSpan): LiveSpan
}
