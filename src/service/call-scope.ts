import type { CapabilityContext } from "../ports/capability.ts"

/** For which call something is asked. */
export interface CallScope
  extends Pick<CapabilityContext, "organisation" | "functionId" | "functionName" | "invocationId" | "traceId"> {
  /** The span of the call. */
  readonly parentSpanId: string
  readonly traceState?: string
  /** Whether the caller keeps the trace, where it said so. */
  readonly sampled?: boolean
}
