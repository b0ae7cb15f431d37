import { FunctionsError } from "../errors/functions-error.ts"
import type { Tell } from "../model/facts.ts"
import { firstLease, type Lease, type NewJob } from "../model/job.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { PipelineDefinition, PipelineRecord, PipelineRun, RunProvenance } from "../model/pipeline.ts"
import type { PipelineStore } from "../ports/pipeline-storage.ts"
import type { DoJob, Queue } from "../ports/queue.ts"
import { newTraceId } from "../util/id.ts"
import { toPageRequest } from "../util/page-request.ts"
import { bindSteps, checkSteps, type ResolveFunction } from "./bind-steps.ts"
import { createOutside, type Outside } from "./outside.ts"
import { parsePipelineDefinition } from "./parse-definition.ts"
import { beginAgain } from "./rerun.ts"
import { createRunWork, type RunPayload } from "./run-work.ts"
import { type InvokeStep, ownError } from "./step-execution.ts"
import { fromInput } from "./step-value.ts"
import { acceptedRun, toPipelineRun } from "./to-run.ts"
import { createWaiters } from "./waiters.ts"

/** What pipelines need from the rest of the service. */
export interface PipelinesOptions {
  readonly store: PipelineStore
  readonly queue: Queue
  readonly invoke: InvokeStep
  readonly resolve: ResolveFunction
  /** Has this process do a job that was put with a lease. */
  readonly adopt: (lease: Lease) => void
  /** Stops what this process does of a job. */
  readonly abort: (organisation: string, id: string) => void
  /** For how long a run is this process's own without being renewed. */
  readonly leaseMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  /** From 0 to 1. */
  readonly random: () => number
  readonly tell: Tell
}

/** Options of one run. */
export interface PipelineRunOptions {
  /** Ends the run early; it fails with `FN_002`. */
  readonly signal?: AbortSignal
  /** @default a new one; the calls of one run share it */
  readonly traceId?: string
}

/** From where a run is done again. */
export interface RerunOptions {
  /** The name of one of the pipeline's own steps. @default its first */
  readonly from?: string
  /** What that step is given in place of the output of the step before. */
  readonly input?: unknown
}

/** The pipelines of all organisations. */
export interface Pipelines extends Outside {
  /** Adds or replaces; `FN_006` where the definition is not valid or names a missing function. */
  define(
    organisation: string,
    definition: PipelineDefinition | { toDefinition(): PipelineDefinition },
  ): Promise<PipelineRecord>
  /** Runs to the end, however long that takes; throws only where nothing ran. */
  run(organisation: string, name: string, input?: unknown, options?: PipelineRunOptions): Promise<PipelineRun>
  /** Accepts a run: it ends though this process may end meanwhile. */
  start(organisation: string, name: string, input?: unknown, options?: PipelineRunOptions): Promise<PipelineRun>
  /** Accepts another run of the same steps and versions, which goes on from one of the steps. */
  rerun(organisation: string, runId: string, options?: RerunOptions): Promise<PipelineRun>
  /** Ends a run; what it does just now is stopped, and nothing is undone. `FN_001` where there is none. */
  cancel(organisation: string, runId: string): Promise<PipelineRun>
  /** `FN_001` where there is none. */
  get(organisation: string, name: string): Promise<PipelineRecord>
  list(organisation: string, page?: Partial<PageRequest>): Promise<Page<PipelineRecord>>
  /** Removes the definition; its runs stay. `FN_001` where there is none. */
  remove(organisation: string, name: string): Promise<void>
  /** `FN_001` where there is none. */
  getRun(organisation: string, id: string): Promise<PipelineRun>
  /** What reproduces a run. `FN_001` where there is none. */
  provenance(organisation: string, id: string): Promise<RunProvenance>
  /** Newest first; those of a removed pipeline too. `FN_001` where there never was one. */
  listRuns(organisation: string, name: string, page?: Partial<PageRequest>): Promise<Page<PipelineRun>>
  /** Does the jobs of runs. */
  readonly work: DoJob
}

/** Lost workers that a run outlives. */
const maxAttempts = 20

/** Keeps pipelines, and runs them by calling their functions. */
export function createPipelines(options: PipelinesOptions): Pipelines {
  const { store, queue, invoke, resolve, adopt, abort, leaseMs, now, newId, random, tell } = options
  const waiters = createWaiters((organisation, id) => readRun(organisation, id))
  const binding = { resolve, find: store.find }
  const work = createRunWork({
    store,
    invoke,
    now,
    random,
    signalOf: waiters.signalOf,
    ended(run, steps) {
      const record = { ...toPipelineRun(run, steps), organisation: run.organisation }
      tell("pipeline.finished", record)
      waiters.ended(run.id)
    },
  })

  async function find(organisation: string, name: string): Promise<PipelineRecord> {
    const pipeline = await store.find(organisation, name)
    if (!pipeline) throw missing("pipeline", name)
    return pipeline
  }

  /** Null where there is none. A run that was accepted and not begun is known to the queue alone. */
  async function readRun(organisation: string, id: string): Promise<PipelineRun | null> {
    const run = await store.findRun(organisation, id)
    if (run) return toPipelineRun(run, await store.listSteps(organisation, id))
    const job = await queue.find(organisation, id)
    return job?.kind === "pipeline" ? acceptedRun(job) : null
  }

  async function getRun(organisation: string, id: string): Promise<PipelineRun> {
    const run = await readRun(organisation, id)
    if (!run) throw missing("pipeline run", id)
    return run
  }

  function toJob(organisation: string, payload: RunPayload, traceId: string, isOwn: boolean): NewJob {
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
      originId: null,
      lane: null,
      idempotency: null,
      leasedUntil: isOwn ? createdAt + leaseMs : null,
      createdAt,
    }
  }

  async function prepare(organisation: string, name: string, input: unknown): Promise<RunPayload> {
    const { text } = fromInput(name, input)
    const { steps } = await find(organisation, name)
    return { pipeline: name, definition: await bindSteps(organisation, steps, binding), input: text, originId: null }
  }

  async function accept(organisation: string, payload: RunPayload, traceId = newTraceId()): Promise<PipelineRun> {
    const job = toJob(organisation, payload, traceId, false)
    await queue.put([job])
    return acceptedRun(job)
  }

  return {
    ...createOutside({ store, queue, now }),
    work,
    async define(organisation, given) {
      const definition = parsePipelineDefinition(isBuilder(given) ? given.toDefinition() : given)
      await checkSteps(organisation, definition, binding)
      const at = now()
      return await store.save(organisation, definition, newId(at), at)
    },

    async run(organisation, name, input, { signal, traceId = newTraceId() } = {}) {
      const job = toJob(organisation, await prepare(organisation, name, input), traceId, true)
      if (signal?.aborted)
        throw new FunctionsError("FN_002", `Cannot run pipeline "${name}": its caller has gone away.`)
      const ended = waiters.wait(organisation, job.id, signal)
      await queue.put([job])
      adopt(firstLease(job))
      return await ended
    },

    start: async (organisation, name, input, { traceId } = {}) =>
      accept(organisation, await prepare(organisation, name, input), traceId),

    async rerun(organisation, runId, { from, input } = {}) {
      const run = await store.findRun(organisation, runId)
      if (!run) throw missing("pipeline run", runId)
      const steps = await store.listSteps(organisation, runId)
      const given = input === undefined ? undefined : fromInput(run.pipeline, input)
      return accept(organisation, beginAgain(run, steps, from, given), run.traceId)
    },

    async cancel(organisation, runId) {
      const error = ownError("FN_002", "The run was cancelled.")
      const job = await queue.cancel(organisation, runId, error, now())
      abort(organisation, runId)
      await store.cancelRun(organisation, runId, error, now())
      if (job) waiters.ended(runId)
      return getRun(organisation, runId)
    },

    get: find,
    async list(organisation, page) {
      return await store.list(organisation, toPageRequest(page))
    },
    async remove(organisation, name) {
      if (!(await store.remove(organisation, name))) throw missing("pipeline", name)
    },
    getRun,
    async provenance(organisation, id) {
      const run = await store.findRun(organisation, id)
      if (!run) throw missing("pipeline run", id)
      const steps = await store.listSteps(organisation, id)
      return { run: toPipelineRun(run, steps), input: JSON.parse(run.input), steps: run.definition }
    },
    async listRuns(organisation, name, page) {
      const { items, next } = await store.listRuns(organisation, name, toPageRequest(page))
      if (items.length === 0) await find(organisation, name)
      const runs = items.map(async (run) => toPipelineRun(run, await store.listSteps(organisation, run.id)))
      return { items: await Promise.all(runs), next }
    },
  }
}

function isBuilder(given: unknown): given is { toDefinition(): PipelineDefinition } {
  return typeof given === "object" && given !== null && "toDefinition" in given
}

function missing(kind: string, name: string): FunctionsError {
  return new FunctionsError("FN_001", `Cannot find ${kind} "${String(name).slice(0, 140)}": there is none.`)
}
