/** The trace id of a W3C `traceparent` header; undefined where there is none or it is not valid. */
export function toTraceId(header: string | null): string | undefined {
  if (header === null) return undefined
  const match = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/.exec(header)
  return match?.[1]
}

/** The `traceparent` of an invocation; the random end of its id names its span. */
export function toTraceparent(traceId: string, invocationId: string): string {
  return `00-${traceId}-${invocationId.replaceAll("-", "").slice(-16).padStart(16, "0")}-01`
}
