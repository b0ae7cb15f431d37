import type * as Api from "@opentelemetry/api"
import { FunctionsError } from "../errors/functions-error.ts"
import type { Hear } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { Span, SpanKind } from "../model/span.ts"
import { toStepSpanId } from "../model/span-id.ts"
import type { BeginningSpan, LiveSpan, LiveSpans } from "../ports/live-spans.ts"
import { newSpanId, newTraceId, toSpanId } from "../util/id.ts"
import { toHrTime } from "../util/to-hr-time.ts"
import { createOpenMetrics } from "./open-metrics.ts"
import { phasesOf, spanOfCapability, spanOfRequest, spansOfInvocation } from "./spans-of.ts"

/** So many spans are remembered, by the ids that the service knows them by, as the parents of others. */
const maxRemembered = 10_000

/** Finds the host's OpenTelemetry; `FN_006` where its API is not installed. */
export async function loadOpenTelemetry(): Promise<typeof Api> {
  try {
    return await import("@opentelemetry/api")
  } catch (cause) {
    const message = 'needs the package "@opentelemetry/api": npm install @opentelemetry/api'
    const issues = [{ path: "openTelemetry", message }]
    throw new FunctionsError("FN_006", `Cannot start Inlay: "openTelemetry" ${message}.`, { issues, cause })
  }
}

/** Spans of the host's tracer. */
export interface OpenSpans extends LiveSpans {
  /** The context of the span of a call that has ended, for what else is told of it. */
  contextOf(call: InvocationRecord): Api.Context
}

/**
 * Makes the service's spans and measures through the API of OpenTelemetry too, so that the host's own exporter sends them.
 * Calls go on with the span that is active in the host, and spans that others get to know have the ids that its tracer gave.
 */
export function followWithOpenTelemetry(api: typeof Api, hear: Hear): OpenSpans {
  const { trace, context, SpanStatusCode } = api
  const tracer = trace.getTracer("inlay")
  const open = new Map<string, Api.Span>()
  const parents = new Map<string, Api.SpanContext>()
  /** The steps that were begun of each run that is worked on here. */
  const stepsOf = new Map<string, Set<string>>()

  function remember(id: string, span: Api.Span): void {
    open.set(id, span)
    parents.set(id, span.spanContext())
    drop(open)
    drop(parents)
  }

  /** Where a span belongs: below one of the service's, below the host's active one, or in the trace that it names. */
  function contextFor({ traceId, parentSpanId, sampled, traceState }: Omit<BeginningSpan, "kind">): Api.Context {
    const active = context.active()
    const own = parentSpanId === undefined ? undefined : parents.get(parentSpanId)
    if (own) return trace.setSpanContext(active, own)
    const current = trace.getSpanContext(active)
    if (current && (traceId === undefined || current.traceId === traceId)) return active
    if (traceId === undefined) return trace.deleteSpan(active)
    return trace.setSpanContext(active, {
      traceId,
      spanId: parentSpanId ?? newSpanId(),
      traceFlags: sampled === false ? api.TraceFlags.NONE : api.TraceFlags.SAMPLED,
      isRemote: true,
      ...(traceState !== undefined && { traceState: api.createTraceState(traceState) }),
    })
  }

  function start(span: BeginningSpan, where: Api.Context): Api.Span {
    const attributes = { "inlay.organisation": span.organisation, "inlay.kind": span.kind }
    const options = { kind: kindOf(span, api), startTime: toHrTime(span.startedAt), attributes }
    return tracer.startSpan(`${span.kind} ${span.name}`, options, where)
  }

  function begin(given: BeginningSpan): LiveSpan {
    const where = contextFor(given)
    const span = start(given, where)
    const { traceId, spanId, traceFlags } = span.spanContext()
    // Where the host has set no tracer up, there is no span, or it is that of the parent.
    const isOwn = trace.isSpanContextValid(span.spanContext()) && spanId !== trace.getSpanContext(where)?.spanId
    const id = isOwn ? spanId : newSpanId()
    if (isOwn) remember(id, span)
    return {
      traceId: isOwn ? traceId : (given.traceId ?? newTraceId()),
      spanId: id,
      sampled: isOwn ? (traceFlags & api.TraceFlags.SAMPLED) !== 0 : given.sampled !== false,
      within: (work) => context.with(trace.setSpan(where, span), work),
      fail(error) {
        span.recordException(error instanceof Error ? error : String(error))
        span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
        open.delete(id)
      },
    }
  }

  function contextOf({ id, traceId, span }: InvocationRecord): Api.Context {
    const spanId = span?.id ?? toSpanId(id)
    const traceFlags = span?.sampled === false ? api.TraceFlags.NONE : api.TraceFlags.SAMPLED
    return trace.setSpanContext(context.active(), parents.get(spanId) ?? { traceId, spanId, traceFlags })
  }

  /** Begins a span whose id the service makes by itself: nobody outside of it gets to know that one. */
  function beginInner(id: string, given: BeginningSpan): void {
    remember(id, start(given, contextFor(given)))
  }

  function end(id: string, status: Span["status"], endedAt: number, attributes: Span["attributes"] = {}): void {
    const span = open.get(id)
    if (!span) return
    open.delete(id)
    for (const [name, value] of Object.entries(attributes)) span.setAttribute(`inlay.${name}`, value)
    if (status === "error") span.setStatus({ code: SpanStatusCode.ERROR, message: String(attributes.error ?? "") })
    span.end(toHrTime(endedAt))
  }

  const endAs = (span: Span) => end(span.spanId, span.status, span.startedAt + span.durationMs, span.attributes)

  hear("invocation.finished", (call) => {
    const [whole] = spansOfInvocation(call)
    if (!whole || !open.has(whole.spanId)) return
    for (const { kind, name, startedAt, durationMs } of phasesOf(call, whole)) {
      const { organisation, traceId } = call
      const given = { kind, name, organisation, traceId, parentSpanId: whole.spanId, startedAt }
      start(given, contextFor(given)).end(toHrTime(startedAt + durationMs))
    }
    endAs(whole)
  })
  hear("capability.called", (call) => endAs(spanOfCapability(call)))
  hear("request.finished", (request) => endAs(spanOfRequest(request)))

  hear("job.started", (job) => {
    const { organisation, traceId, askedBy, kind, startedAt } = job
    const parent = askedBy?.spanId === undefined ? {} : { parentSpanId: askedBy.spanId }
    const given = { organisation, traceId, startedAt, ...parent }
    const ownKind: SpanKind = kind === "pipeline" ? "pipeline" : "job"
    if (!askedBy?.firing) return beginInner(toSpanId(job.id), { ...given, kind: ownKind, name: job.target })
    const firingId = toSpanId(askedBy.firing.id)
    if (!parents.has(firingId)) {
      const { trigger, at } = askedBy.firing
      beginInner(firingId, { ...given, kind: "trigger", name: trigger, startedAt: at })
      end(firingId, "ok", job.createdAt)
    }
    beginInner(toSpanId(job.id), { ...given, parentSpanId: firingId, kind: ownKind, name: job.target })
  })
  hear("step.started", ({ runId, path, name, ...given }) => {
    const id = toStepSpanId(runId, path)
    beginInner(id, { ...given, parentSpanId: toSpanId(runId), kind: "step", name })
    const steps = stepsOf.get(runId) ?? new Set()
    stepsOf.set(runId, steps.add(id))
  })
  hear("pipeline.finished", ({ id, steps, endedAt }) => {
    for (const { path, status, endedAt: stepEndedAt } of steps) {
      end(toStepSpanId(id, path), status === "failed" ? "error" : "ok", stepEndedAt ?? endedAt ?? 0)
    }
  })
  hear("job.stopped", ({ id, endedAt, outcome, error, attempt }) => {
    // What of a run goes on later, perhaps elsewhere, is another span then.
    for (const step of stepsOf.get(id) ?? []) end(step, "ok", endedAt)
    stepsOf.delete(id)
    const attributes = { jobId: id, attempt, outcome, ...(error !== null && { error }) }
    end(toSpanId(id), outcome === "failed" ? "error" : "ok", endedAt, attributes)
  })
  createOpenMetrics(api, hear)

  return { begin, contextOf }
}

function drop(map: Map<string, unknown>): void {
  if (map.size <= maxRemembered) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}

function kindOf({ kind }: BeginningSpan, { SpanKind: Kind }: typeof Api): Api.SpanKind {
  if (kind === "invocation") return Kind.SERVER
  if (kind === "fetch") return Kind.CLIENT
  return kind === "job" ? Kind.CONSUMER : Kind.INTERNAL
}
