import { FunctionsError } from "../errors/functions-error.ts"
import { notFound } from "../errors/not-found.ts"
import { toHash, toIdempotency } from "../model/idempotency.ts"
import type { NewJob } from "../model/job.ts"
import type { PipelineRun, RunSurroundings } from "../model/pipeline.ts"
import type { PipelineStore } from "../ports/pipeline-storage.ts"
import type { Queue } from "../ports/queue.ts"
import { newTraceId } from "../util/id.ts"
import { bindSteps, boundFunctions } from "./bind-steps.ts"
import type { ResolveFunction } from "./resolve-function.ts"
import type { PipelineRunOptions, PipelineStartOptions } from "./run-options.ts"
import type { RunPayload } from "./run-payload.ts"
import { fromInput } from "./step-value.ts"
import { acceptedRun } from "./to-run.ts"

/** What accepting runs needs. */
export interface RunAcceptingOptions {
  readonly store: Pick<PipelineStore, "find">
  readonly queue: Pick<Queue, "put">
  readonly resolve: ResolveFunction
  /** Versions of what does the runs. */
  readonly service: () => Promise<RunSurroundings["service"]>
  /** For how long a run is this process's own without being renewed. */
  readonly leaseMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  /** The run as it is by now. */
  readonly getRun: (organisation: string, id: string) => Promise<PipelineRun>
}

/** Accepts runs: what a run begins with is in its job, bound to the versions of now. */
export interface RunAccepting {
  /** `FN_001` where there is no such pipeline. */
  bind(organisation: string, name: string, input: unknown): Promise<RunPayload>
  /** The same steps, with what they are bound to now. */
  withSurroundings(organisation: string, payload: RunPayload): Promise<RunPayload>
  /** With a lease where the one who puts it does it at once. */
  toJob(organisation: string, payload: RunPayload, trace: TraceOptions, isOwn: boolean): NewJob
  /** The run of before where its key is known; `FN_006` where that one's input is another. */
  accept(organisation: string, payload: RunPayload, options: Omit<PipelineStartOptions, "signal">): Promise<PipelineRun>
}

type TraceOptions = Pick<PipelineRunOptions, "traceId" | "parentSpanId">

/** Lost workers that a run outlives. */
const maxAttempts = 20

/** Creates what accepts runs. */
export function createRunAccepting(options: RunAcceptingOptions): RunAccepting {
  const { store, queue, resolve, service, leaseMs, now, newId, getRun } = options

  function toJob(organisation: string, payload: RunPayload, trace: TraceOptions, isOwn: boolean): NewJob {
    const { traceId = newTraceId(), parentSpanId } = trace
    const createdAt = now()
    return {
      id: newId(createdAt),
      organisation,
      kind: "pipeline",
      target: payload.pipeline,
      payload: JSON.stringify(payload),
      priority: 0,
      weight: 1,
      runAt: createdAt,
      deadlineAt: null,
      maxAttempts,
      traceId,
      ...(parentSpanId !== undefined && { askedBy: { spanId: parentSpanId } }),
      originId: null,
      flow: null,
      idempotency: null,
      leasedUntil: isOwn ? createdAt + leaseMs : null,
      createdAt,
    }
  }

  async function withSurroundings(organisation: string, payload: RunPayload): Promise<RunPayload> {
    const functions = await boundFunctions(organisation, payload.definition, resolve)
    return { ...payload, surroundings: { functions, service: await service() } }
  }

  return {
    withSurroundings,
    toJob,

    async bind(organisation, name, input) {
      const { text } = fromInput(name, input)
      const pipeline = await store.find(organisation, name)
      if (!pipeline) throw notFound("pipeline", name)
      const definition = await bindSteps(organisation, pipeline, { resolve, find: store.find })
      return withSurroundings(organisation, { pipeline: name, definition, input: text, originId: null })
    },

    async accept(organisation, payload, given) {
      const { pipeline, input } = payload
      const refuse = (path: string, message: string) =>
        new FunctionsError("FN_006", `Cannot start pipeline "${pipeline}": ${path} ${message}.`, {
          issues: [{ path, message }],
        })
      const job = toJob(organisation, payload, given, false)
      const idempotency = toIdempotency(given, {
        // No name of a function has a colon, so no key of a call is the same.
        toKey: (key) => `pipeline:${toHash(`${pipeline}\n${key}`)}`,
        // The versions that it is bound to are not what was asked for.
        content: { json: input },
        at: job.createdAt,
        refuse,
      })
      const [result] = await queue.put([{ ...job, idempotency }])
      if (result?.outcome === "conflict") throw refuse("idempotencyKey", "belongs to a run with another input")
      return result?.outcome === "known" ? getRun(organisation, result.id) : acceptedRun(job)
    },
  }
}
