import { FunctionsError } from "../errors/functions-error.ts"
import { notFound } from "../errors/not-found.ts"
import type { Tell } from "../model/facts.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { AskedBy, Lease, NewJob } from "../model/job.ts"
import type { Page, PageInput } from "../model/page.ts"
import type {
  PipelineDefinition,
  PipelineRecord,
  PipelineRun,
  RunProvenance,
  RunSurroundings,
} from "../model/pipeline.ts"
import type { PipelineInput } from "../model/pipeline-input.ts"
import { checkTrace } from "../model/trace-context.ts"
import type { BusTrigger } from "../model/trigger-declaration.ts"
import type { PipelineStore, RunRow, StepRow } from "../ports/pipeline-storage.ts"
import type { DoJob, Queue } from "../ports/queue.ts"
import type { CheckRoutes } from "../ports/routes.ts"
import { toSpanId } from "../util/id.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { acceptAlone, sharesUndoing } from "./accept-rerun.ts"
import { createRunAccepting } from "./accept-runs.ts"
import { createCancelRun } from "./cancel-run.ts"
import { checkSteps } from "./check-steps.ts"
import { type CompileFilter, checkEventFilters } from "./event-filters.ts"
import { toMermaid } from "./mermaid.ts"
import { createOutside, type Outside } from "./outside.ts"
import { parsePipelineDefinition } from "./parse-definition.ts"
import { createRunReading } from "./read-runs.ts"
import { beginAgain } from "./rerun.ts"
import type { ResolveFunction } from "./resolve-function.ts"
import type { CancelOptions, PipelineRunOptions, PipelineStartOptions, RerunOptions } from "./run-options.ts"
import { createRunWork } from "./run-work.ts"
import { type InvokeStep, ownError } from "./step-execution.ts"
import { fromInput } from "./step-value.ts"
import { toPipelineRun } from "./to-run.ts"
import { createWaiters } from "./waiters.ts"

/** What pipelines need from the rest of the service. */
export interface PipelinesOptions {
  readonly store: PipelineStore
  readonly queue: Queue
  readonly invoke: InvokeStep
  readonly resolve: ResolveFunction
  /** `FN_006` where triggers are not valid, or something else has one of their paths; answers what decides that for good. */
  readonly checkTriggers: (organisation: string, pipeline: string, triggers: readonly BusTrigger[]) => CheckRoutes
  /** Versions of what does the runs. */
  readonly service: () => Promise<RunSurroundings["service"]>
  readonly compileFilter: CompileFilter
  /** Has this process do the job that is put with a lease. */
  readonly adopt: <Put extends { readonly lease: Lease }>(put: () => Promise<Put>) => Promise<Put>
  /** Stops what this process does of a job. */
  readonly abort: (organisation: string, id: string) => void
  /** Stops what this process does of a job, and has it go on at once. */
  readonly interrupt: (organisation: string, id: string) => void
  /** For how long a run is this process's own without being renewed. */
  readonly leaseMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly newId: (nowMs: number) => string
  /** From 0 to 1. */
  readonly random: () => number
  readonly tell: Tell
}

/** The pipelines of all organisations. */
export interface Pipelines extends Outside {
  /** Adds or replaces; `FN_006` where the definition is not valid or names a missing function. */
  define(
    organisation: string,
    definition: PipelineInput | { toDefinition(): PipelineDefinition },
  ): Promise<PipelineRecord>
  /** Runs to the end, however long that takes; throws only where nothing ran. */
  run(organisation: string, name: string, input?: unknown, options?: PipelineRunOptions): Promise<PipelineRun>
  /** The job of a run, for whoever puts it together with something else. */
  prepare(organisation: string, name: string, input: unknown): Promise<NewJob>
  /** Accepts a run: it ends though this process may end meanwhile. */
  start(organisation: string, name: string, input?: unknown, options?: PipelineStartOptions): Promise<PipelineRun>
  /** Accepts another run of the same steps and versions, which goes on from one of the steps. */
  rerun(organisation: string, runId: string, options?: RerunOptions): Promise<PipelineRun>
  /** Ends a run; what it does just now is stopped. `FN_001` where there is none. */
  cancel(organisation: string, runId: string, options?: CancelOptions): Promise<PipelineRun>
  /** `FN_001` where there is none. */
  get(organisation: string, name: string): Promise<PipelineRecord>
  list(organisation: string, page?: PageInput): Promise<Page<PipelineRecord>>
  /** Removes the definition; its runs stay. `FN_001` where there is none. */
  remove(organisation: string, name: string): Promise<void>
  /** `FN_001` where there is none. */
  getRun(organisation: string, id: string): Promise<PipelineRun>
  /** What reproduces a run. `FN_001` where there is none. */
  provenance(organisation: string, id: string): Promise<RunProvenance>
  /** Newest first; those of a removed pipeline too. `FN_001` where there never was one. */
  listRuns(organisation: string, name: string, page?: PageInput): Promise<Page<PipelineRun>>
  /** The pipeline as a Mermaid flowchart. `FN_001` where there is none. */
  toMermaid(organisation: string, name: string): Promise<string>
  /** The steps that a run was accepted with, coloured by what became of them. `FN_001` where there is none. */
  runToMermaid(organisation: string, id: string): Promise<string>
  /** Does the jobs of runs. */
  readonly work: DoJob
  /** Has a run fail that the service cannot do, whoever has claimed it. */
  giveUp(organisation: string, runId: string, error: InvocationError): Promise<void>
  /** Has whoever waits for a run see whether it has ended elsewhere. */
  look(runId: string): void
  /** Has nobody wait any longer for a run that has not ended; a run that is begun at this moment is still waited for. */
  stop(): Promise<void>
  /** Has nobody wait any more. */
  end(): Promise<void>
}

/** Keeps pipelines, and runs them by calling their functions. */
export function createPipelines(options: PipelinesOptions): Pipelines {
  const { store, queue, resolve, compileFilter, adopt, abort, interrupt, now, newId, tell } = options
  const reading = createRunReading({ store, queue })
  const accepting = createRunAccepting({ ...options, getRun: reading.get })
  /** Runs that this process works on. */
  const underWay = new Set<string>()
  const waiters = createWaiters({
    async read(organisation, id) {
      const status = await store.findStatus(organisation, id)
      return status === "running" || status === "waiting" ? null : reading.read(organisation, id)
    },
    async abandon(organisation, id) {
      // What works on it here has heard of it.
      if (underWay.has(id)) return
      if (await store.failRun(organisation, id, callerGone)) await queue.hasten(organisation, id, now())
    },
  })
  const cancelRun = createCancelRun({ store, queue, abort, now })
  const binding = { resolve, find: store.find }
  const runs = createRunWork({
    ...options,
    signalOf: waiters.signalOf,
    ended,
  })

  function ended(run: RunRow, steps: readonly StepRow[], askedBy?: AskedBy): void {
    const record = toPipelineRun(run, steps)
    tell("pipeline.finished", { ...record, organisation: run.organisation, ...(askedBy && { askedBy }) })
    waiters.ended(run.id, record)
  }

  const work: DoJob = async (lease, signal) => {
    const { id } = lease.job
    underWay.add(id)
    try {
      return await runs.work(lease, signal)
    } finally {
      underWay.delete(id)
    }
  }

  async function find(organisation: string, name: string): Promise<PipelineRecord> {
    const pipeline = await store.find(organisation, name)
    if (!pipeline) throw notFound("pipeline", name)
    return pipeline
  }

  return {
    ...createOutside({ store, queue, now, compileFilter }),
    work,
    async giveUp(organisation, id, error) {
      const isEnded = await store.endRun(organisation, id, { status: "failed", error, endedAt: now() })
      const run = isEnded ? await store.findRun(organisation, id) : null
      if (run) ended(run, await store.listSteps(organisation, id))
    },
    look: (runId) => waiters.ended(runId),
    stop: waiters.stop,
    end: waiters.end,
    async define(organisation, given) {
      const definition = parsePipelineDefinition(isBuilder(given) ? given.toDefinition() : given)
      const checkRoutes = options.checkTriggers(organisation, definition.name, definition.triggers ?? [])
      checkEventFilters(definition, compileFilter)
      await checkSteps(organisation, definition, binding)
      const at = now()
      return await store.save(organisation, definition, newId(at), at, checkRoutes)
    },

    async run(organisation, name, input, { signal, ...trace } = {}) {
      checkTrace(trace, refuseOption("run", name))
      const { ended } = await adopt(async () => {
        const payload = await accepting.bind(organisation, name, input)
        refuseAborted(name, signal)
        const lease = await runs.begin(accepting.toJob(organisation, payload, trace, true), payload)
        return { lease, ended: waiters.wait(organisation, lease.job.id, signal) }
      })
      return await ended
    },

    prepare: async (organisation, name, input) =>
      accepting.toJob(organisation, await accepting.bind(organisation, name, input), {}, false),

    start: async (organisation, name, input, { signal, ...given } = {}) => {
      checkTrace(given, refuseOption("start", name))
      const payload = await accepting.bind(organisation, name, input)
      refuseAborted(name, signal)
      return accepting.accept(organisation, payload, given)
    },

    async rerun(organisation, runId, { from, input } = {}) {
      const { run, steps } = await reading.find(organisation, runId)
      const given = input === undefined ? undefined : fromInput(run.pipeline, input)
      const undone = await store.listUndone(organisation, runId)
      const payload = beginAgain(run, steps, from, given, undone)
      const trace = { traceId: run.traceId, parentSpanId: toSpanId(runId) }
      const bound = await accepting.withSurroundings(organisation, payload)
      if (!sharesUndoing(bound)) return accepting.accept(organisation, bound, trace)
      return acceptAlone({ store, queue }, accepting.toJob(organisation, bound, trace, false), runId)
    },

    async cancel(organisation, runId, { undo = false } = {}) {
      const error = ownError("FN_002", "The run was cancelled.")
      const run = undo ? await store.findRun(organisation, runId) : null
      if (run && run.endedAt === null) {
        // Where it has failed meanwhile, it is being undone already, or is to be since an earlier cancel, which may have
        // come no further.
        if (await store.failRun(organisation, runId, error)) interrupt(organisation, runId)
        await queue.hasten(organisation, runId, now())
        return reading.get(organisation, runId)
      }
      if (await cancelRun(organisation, runId)) waiters.ended(runId)
      return reading.get(organisation, runId)
    },

    get: find,
    async list(organisation, page) {
      return await store.list(organisation, toPageRequest(page))
    },
    async remove(organisation, name) {
      if (!(await store.remove(organisation, name))) throw notFound("pipeline", name)
    },
    getRun: reading.get,
    provenance: reading.provenance,
    async toMermaid(organisation, name) {
      return toMermaid(name, (await find(organisation, name)).steps)
    },
    runToMermaid: reading.toMermaid,
    async listRuns(organisation, name, page) {
      const runs = await reading.list(organisation, name, toPageRequest(page))
      if (runs.items.length === 0) await find(organisation, name)
      return runs
    },
  }
}

function isBuilder(given: unknown): given is { toDefinition(): PipelineDefinition } {
  return typeof given === "object" && given !== null && "toDefinition" in given
}

const callerGone = ownError("FN_002", "Cannot go on with the run: its caller has gone away.")

function refuseOption(verb: string, name: string): (path: string, message: string) => FunctionsError {
  return (path, message) =>
    new FunctionsError("FN_006", `Cannot ${verb} pipeline "${name}": ${path} ${message}.`, {
      issues: [{ path, message }],
    })
}

function refuseAborted(name: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FunctionsError("FN_002", `Cannot run pipeline "${name}": its caller has gone away.`)
}
