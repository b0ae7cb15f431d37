import type { CapabilityCall } from "../model/capability-call.ts"
import type { Facts } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { StoppedJob } from "../model/job-work.ts"
import type { OutgoingRequest } from "../model/outgoing-request.ts"
import type { Span, SpanRecord } from "../model/span.ts"
import type { Sampler } from "./sampler.ts"
import { spanOfCapability, spanOfRequest, spansOfInvocation, spansOfJob, spansOfRun } from "./spans-of.ts"

/** Options of `createRecording`. */
export interface RecordingOptions {
  readonly sampler: Sampler
  /** What took as long is kept, whatever its trace's id is. */
  readonly slowMs: number
  readonly add: (span: SpanRecord) => void
}

/** Makes spans of facts. None of it throws or waits. */
export interface Recording {
  addCall(call: InvocationRecord): void
  addCapability(call: CapabilityCall): void
  addRequest(request: OutgoingRequest): void
  addJob(job: StoppedJob): void
  addRun(run: Facts["pipeline.finished"]): void
}

/** So many traces are remembered of which something was kept for its own sake. */
const maxRemembered = 10_000

/** Decides what is kept before it makes anything of it: at full load most calls are not. */
export function createRecording({ sampler, slowMs, add }: RecordingOptions): Recording {
  /** Who asked for something that was kept for its own sake ends later, and is kept with it. */
  const remembered = new Set<string>()

  function keep(
    organisation: string,
    about: { readonly traceId: string; readonly sampled?: boolean | undefined; readonly isSpecial: boolean },
    make: () => readonly Span[],
  ): void {
    const { traceId, sampled } = about
    let weight = sampler.weigh(traceId, sampled)
    const isSpecial = weight === 0 && (about.isSpecial || remembered.has(traceId))
    if (isSpecial) {
      weight = sampler.weighSpecial(traceId)
      if (weight > 0) remember(traceId)
    }
    if (weight === 0) return
    const spans = make()
    sampler.spend(spans.length, isSpecial)
    for (const span of spans) add({ ...span, organisation, weight })
  }

  function remember(traceId: string): void {
    remembered.add(traceId)
    if (remembered.size <= maxRemembered) return
    for (const oldest of remembered) {
      remembered.delete(oldest)
      return
    }
  }

  const isSlow = (ms: number) => ms >= slowMs
  return {
    addCall(call) {
      const { organisation, traceId, durationMs, error, span } = call
      const isSpecial = error !== undefined || isSlow(durationMs + (span?.admissionMs ?? 0))
      keep(organisation, { traceId, sampled: span?.sampled, isSpecial }, () => spansOfInvocation(call))
    },
    addCapability(call) {
      const { organisation, traceId, sampled, code, durationMs } = call
      const isSpecial = code !== null || isSlow(durationMs)
      keep(organisation, { traceId, sampled, isSpecial }, () => [spanOfCapability(call)])
    },
    addRequest(request) {
      const { organisation, traceId, sampled, status, durationMs } = request
      const isSpecial = status === null || status >= 500 || isSlow(durationMs)
      keep(organisation, { traceId, sampled, isSpecial }, () => [spanOfRequest(request)])
    },
    addJob(job) {
      // What waits to be tried again has not ended.
      if (job.outcome === "again") return
      const { organisation, traceId, outcome } = job
      keep(organisation, { traceId, isSpecial: outcome === "failed" }, () => spansOfJob(job))
    },
    addRun(run) {
      const { organisation, traceId, status, durationMs } = run
      const isSpecial = status !== "succeeded" || isSlow(durationMs ?? 0)
      keep(organisation, { traceId, isSpecial }, () => spansOfRun(run))
    },
  }
}
