import type { Tell } from "../model/facts.ts"
import { toTraceparent } from "../model/trace-context.ts"
import type { HttpRequest, SendRequest } from "../ports/http-client.ts"
import type { LiveSpans } from "../ports/live-spans.ts"
import { newSpanId } from "../util/id.ts"
import type { CallScope } from "./call-scope.ts"

/** Options of `createRequests`. */
export interface RequestsOptions {
  /** Whether requests carry `traceparent` and `tracestate`. @default true */
  readonly propagate?: boolean | undefined
  /** Where the host follows calls while they go on. */
  readonly liveSpans?: LiveSpans | undefined
  readonly now: () => number
  readonly tell: Tell
}

/** Has the requests of a call carry its trace context, and tells of each. */
export function createRequests({ propagate = true, liveSpans, now, tell }: RequestsOptions) {
  return (given: CallScope): SendRequest =>
    async (request, send) => {
      const { traceState, ...scope } = given
      const { traceId, sampled } = scope
      const { method } = request
      const host = hostOf(request.url)
      const startedAt = now()
      const began = performance.now()
      const live = liveSpans?.begin({ ...scope, kind: "fetch", name: host, startedAt })
      const spanId = live?.spanId ?? newSpanId()
      const traceparent = toTraceparent(traceId, spanId, live?.sampled ?? sampled ?? true)
      let status: number | null = null
      try {
        const sent = propagate ? withContext(request, traceparent, traceState) : request
        const response = await (live ? live.within(() => send(sent)) : send(sent))
        status = response.status
        return response
      } finally {
        const durationMs = performance.now() - began
        tell("request.finished", { ...scope, spanId, method, host, status, startedAt, durationMs })
      }
    }
}

/** What the function has set itself stays. */
function withContext(request: HttpRequest, traceparent: string, traceState: string | undefined): HttpRequest {
  if (request.headers.some(([name]) => name.toLowerCase() === "traceparent")) return request
  const others = request.headers.filter(([name]) => name.toLowerCase() !== "tracestate")
  const added: HttpRequest["headers"] = [["traceparent", traceparent]]
  // A state belongs to the parent that it came with.
  const state: HttpRequest["headers"] = traceState === undefined ? [] : [["tracestate", traceState]]
  return { ...request, headers: [...others, ...added, ...state] }
}

/** What cannot be read is told by nothing: the client refuses it. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ""
}
