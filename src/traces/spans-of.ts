import type { CapabilityCall } from "../model/capability-call.ts"
import type { Facts } from "../model/facts.ts"
import type { InvocationRecord, InvocationSpan } from "../model/invocation.ts"
import type { AskedBy, Job } from "../model/job.ts"
import type { StoppedJob } from "../model/job-work.ts"
import type { OutgoingRequest } from "../model/outgoing-request.ts"
import type { StepRecord } from "../model/pipeline.ts"
import type { Span, SpanKind } from "../model/span.ts"
import { toStepSpanId } from "../model/span-id.ts"
import { newSpanId, toSpanId } from "../util/id.ts"

/** Shorter waits for a thread are not worth a span. */
const leastThreadMs = 1
/** Of one run: what else it did stands in its record. */
const maxSteps = 1000
const maxNameLength = 200

type Given = Pick<Span, "traceId" | "spanId" | "kind" | "name" | "startedAt"> & Partial<Span>

function toSpan({ name, durationMs = 0, ...given }: Given): Span {
  return {
    parentSpanId: null,
    function: null,
    status: "ok",
    attributes: {},
    ...given,
    name: name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name,
    // A clock that was set back meanwhile must not make it negative.
    durationMs: Math.max(0, durationMs),
  }
}

/** The call, and what came before its code ran; what is left of it is its run. */
export function spansOfInvocation(call: InvocationRecord): readonly Span[] {
  const { traceId, name, startedAt, durationMs, error, span } = call
  const { id: spanId = toSpanId(call.id), parentId = null, admissionMs = 0 } = span ?? {}
  const whole = toSpan({
    ...{ traceId, spanId, parentSpanId: parentId, kind: "invocation", name, function: name },
    status: error ? "error" : "ok",
    startedAt: startedAt - admissionMs,
    durationMs: admissionMs + durationMs,
    attributes: {
      invocationId: call.id,
      version: call.version,
      cpuMs: call.cpuMs,
      memoryBytes: call.memoryBytes,
      ...(call.coldStart && { coldStart: true }),
      ...(error && { error: error.code }),
    },
  })
  return [whole, ...phasesOf(call, whole)]
}

/** What came before a call's code ran, in its order; empty where nothing did that took time. */
export function phasesOf(call: InvocationRecord, whole: Span): readonly Span[] {
  let { startedAt } = whole
  return toPhases(call.span ?? {}).map(({ kind, ms }) => {
    const { traceId, spanId: parentSpanId, name } = whole
    const phase = toSpan({ traceId, spanId: newSpanId(), parentSpanId, kind, name, startedAt, durationMs: ms })
    startedAt += phase.durationMs
    return phase
  })
}

interface Phase {
  readonly kind: SpanKind
  readonly ms: number
}

function toPhases({ admissionMs = 0, threadMs = 0, loadMs }: Partial<InvocationSpan>): readonly Phase[] {
  const phases: Phase[] = []
  if (admissionMs > 0) phases.push({ kind: "admission", ms: admissionMs })
  if (threadMs >= leastThreadMs) phases.push({ kind: "thread", ms: threadMs })
  if (loadMs !== undefined) phases.push({ kind: "load", ms: loadMs })
  return phases
}

/** A call of a capability. */
export function spanOfCapability(call: CapabilityCall): Span {
  const { traceId, spanId, invocationId, parentSpanId, capability, method, code, functionName } = call
  return toSpan({
    ...{ traceId, spanId, parentSpanId, kind: "capability", name: `${capability}.${method}`, function: functionName },
    status: code === null ? "ok" : "error",
    startedAt: call.startedAt,
    durationMs: call.durationMs,
    attributes: { invocationId, ...(code !== null && { error: code }) },
  })
}

/** A request to another host: it failed where there was no answer, or one that says so. */
export function spanOfRequest(request: OutgoingRequest): Span {
  const { traceId, spanId, parentSpanId, invocationId, host, method, status, functionName } = request
  return toSpan({
    ...{ traceId, spanId, parentSpanId, kind: "fetch", name: host, function: functionName },
    status: status === null || status >= 500 ? "error" : "ok",
    startedAt: request.startedAt,
    durationMs: request.durationMs,
    attributes: { invocationId, method, ...(status !== null && { status }) },
  })
}

/** A job that has ended, how long it waited, and the firing that put it. Runs of pipelines tell of themselves. */
export function spansOfJob(job: StoppedJob): readonly Span[] {
  const { traceId, kind, target, createdAt, startedAt, firstStartedAt, endedAt, error, attempt } = job
  const firing = spanOfFiring(job)
  if (kind === "pipeline") return firing
  const spanId = toSpanId(job.id)
  const whole = toSpan({
    ...{ traceId, spanId, parentSpanId: parentOf(job), kind: "job", name: target, startedAt: createdAt },
    status: job.outcome === "failed" ? "error" : "ok",
    durationMs: endedAt - createdAt,
    attributes: { jobId: job.id, work: kind, attempts: attempt, ...(error !== null && { error }) },
  })
  const waited = Math.max(0, Math.min(firstStartedAt, startedAt) - createdAt)
  const queue = { traceId, spanId: newSpanId(), parentSpanId: spanId, name: target, startedAt: createdAt }
  return [...firing, whole, ...(waited > 0 ? [toSpan({ ...queue, kind: "queue", durationMs: waited })] : [])]
}

/** What put a job: the firing of a trigger, or who asked for it. */
function parentOf({ askedBy }: { readonly askedBy?: AskedBy }): string | null {
  return askedBy?.firing ? toSpanId(askedBy.firing.id) : (askedBy?.spanId ?? null)
}

function spanOfFiring({
  traceId,
  askedBy,
  createdAt,
}: Pick<Job, "traceId" | "askedBy" | "createdAt">): readonly Span[] {
  if (!askedBy?.firing) return []
  const { id, trigger, type, at } = askedBy.firing
  const span = toSpan({
    ...{ traceId, spanId: toSpanId(id), parentSpanId: askedBy.spanId ?? null, kind: "trigger", name: trigger },
    startedAt: at,
    durationMs: createdAt - at,
    attributes: { firingId: id, type },
  })
  return [span]
}

/** A run that has ended, with its steps. */
export function spansOfRun(run: Facts["pipeline.finished"]): readonly Span[] {
  const { id, traceId, pipeline, startedAt, steps, error } = run
  const endedAt = run.endedAt ?? startedAt
  const begun = steps.filter((step): step is BegunStep => step.startedAt !== null)
  const whole = toSpan({
    ...{ traceId, spanId: toSpanId(id), parentSpanId: parentOf(run), kind: "pipeline", name: pipeline, startedAt },
    status: run.status === "succeeded" ? "ok" : "error",
    durationMs: endedAt - startedAt,
    attributes: {
      runId: id,
      steps: steps.length,
      ...(begun.length > maxSteps && { stepsNotShown: begun.length - maxSteps }),
      ...(error && { error: error.code }),
    },
  })
  const shown = begun.slice(0, maxSteps)
  const paths = new Set(shown.map(({ path }) => path))
  return [whole, ...shown.map((step) => spanOfStep(run, step, endedAt, parentStep(step.path, paths)))]
}

type BegunStep = StepRecord & { readonly startedAt: number }

function spanOfStep(
  { id, traceId }: Facts["pipeline.finished"],
  step: BegunStep,
  runEndedAt: number,
  parent: string | undefined,
): Span {
  const { startedAt, endedAt, error, path, attempts, cached } = step
  return toSpan({
    traceId,
    spanId: toStepSpanId(id, path),
    parentSpanId: parent === undefined ? toSpanId(id) : toStepSpanId(id, parent),
    kind: "step",
    name: step.name,
    status: step.status === "failed" ? "error" : "ok",
    startedAt,
    durationMs: (endedAt ?? runEndedAt) - startedAt,
    attributes: { path, work: step.kind, attempts, ...(cached && { cached }), ...(error && { error: error.code }) },
  })
}

/** The nearest step that holds the one at this path and has a record. */
function parentStep(path: string, paths: ReadonlySet<string>): string | undefined {
  for (let end = path.lastIndexOf("."); end > 0; end = path.lastIndexOf(".", end - 1)) {
    const outer = path.slice(0, end)
    if (paths.has(outer)) return outer
  }
  return undefined
}
