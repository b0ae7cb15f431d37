import type { Invocation } from "../model/invocation.ts"
import { type TraceContext, toTraceparent } from "../model/trace-context.ts"
import { toSpanId } from "../util/id.ts"

/** Versions to come may have more behind the flags, the present one has not. */
const parentPattern =
  /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})(?<trace>[0-9a-f]{32})-(?!0{16})(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?:-|$)/
/** What W3C trace context asks everybody to take, and what a header can carry. */
const statePattern = /^[\x20-\x7e]{1,512}$/

/** The context that a request goes on with, of `traceparent` and `tracestate`; empty where there is none or it is not valid. */
export function readTraceContext(headers: Headers): TraceContext {
  const header = headers.get("traceparent")
  if (header === null) return {}
  const { trace, span, flags } = parentPattern.exec(header)?.groups ?? {}
  if (trace === undefined || span === undefined || flags === undefined) return {}
  const state = headers.get("tracestate")
  return {
    traceId: trace,
    parentSpanId: span,
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
    ...(state !== null && statePattern.test(state) && { traceState: state }),
  }
}

/** The same for what goes through the queue, which keeps no more of it. */
export function readTraceParent(headers: Headers): Pick<TraceContext, "traceId" | "parentSpanId"> {
  const { traceId, parentSpanId } = readTraceContext(headers)
  return traceId === undefined || parentSpanId === undefined ? {} : { traceId, parentSpanId }
}

/** The `traceparent` of a call's answer. */
export function toAnswerParent({ id, traceId, span }: Pick<Invocation, "id" | "traceId" | "span">): string {
  return toTraceparent(traceId, span?.id ?? toSpanId(id), true)
}
