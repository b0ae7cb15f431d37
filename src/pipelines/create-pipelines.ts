import { FunctionsError } from "../errors/functions-error.ts"
import type { Tell } from "../model/facts.ts"
import type { PipelineDefinition, PipelineRecord, PipelineRun, PipelineRunRecord } from "../model/pipeline.ts"
import type { Page, PageRequest, PipelineStore } from "../ports/storage.ts"
import { newTraceId } from "../util/id.ts"
import { toPageRequest } from "../util/page-request.ts"
import { parsePipelineDefinition } from "./parse-definition.ts"
import { runSteps } from "./run-steps.ts"
import type { InvokeStep } from "./step-execution.ts"
import { fromInput } from "./step-value.ts"

/** The command that tells whether a function can be called as `name`, `id`, `name@version` or `name@alias`. */
export type ResolveFunction = (organisation: string, functionName: string) => Promise<boolean>

/** What pipelines need from the rest of the service. */
export interface PipelinesOptions {
  readonly store: PipelineStore
  readonly invoke: InvokeStep
  readonly resolve: ResolveFunction
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
}

/** Options of one run. */
export interface PipelineRunOptions {
  /** Ends the run early; it fails with `FN_002`. */
  readonly signal?: AbortSignal
  /** @default a new one; the calls of one run share it */
  readonly traceId?: string
}

/** The pipelines of all organisations. */
export interface Pipelines {
  /** Adds or replaces; `FN_006` where the definition is not valid or names a missing function. */
  define(
    organisation: string,
    definition: PipelineDefinition | { toDefinition(): PipelineDefinition },
  ): Promise<PipelineRecord>
  /** Runs to the end and stores the run; throws only where nothing ran. */
  run(organisation: string, name: string, input?: unknown, options?: PipelineRunOptions): Promise<PipelineRun>
  /** `FN_001` where there is none. */
  get(organisation: string, name: string): Promise<PipelineRecord>
  list(organisation: string, page?: Partial<PageRequest>): Promise<Page<PipelineRecord>>
  /** Removes the definition; its runs stay. `FN_001` where there is none. */
  remove(organisation: string, name: string): Promise<void>
  /** `FN_001` where there is none. */
  getRun(organisation: string, id: string): Promise<PipelineRun>
  /** Newest first; those of a removed pipeline too. `FN_001` where there never was one. */
  listRuns(organisation: string, name: string, page?: Partial<PageRequest>): Promise<Page<PipelineRun>>
}

/** Keeps pipelines, and runs them by calling their functions. */
export function createPipelines({ store, invoke, resolve, now, newId, tell }: PipelinesOptions): Pipelines {
  async function find(organisation: string, name: string): Promise<PipelineRecord> {
    const pipeline = await store.find(organisation, name)
    if (!pipeline) throw missing("pipeline", name)
    return pipeline
  }

  async function checkFunctions(organisation: string, { name, steps }: PipelineDefinition): Promise<void> {
    const known = new Map<string, boolean>()
    for (const step of steps) {
      if (!known.has(step.function)) known.set(step.function, await resolves(organisation, step.function))
    }
    const wrong = steps.flatMap((step, index) => (known.get(step.function) ? [] : [{ step, index }]))
    if (wrong.length === 0) return
    const told = wrong.slice(0, 3).map(({ step }) => `step "${step.name}" calls "${step.function}"`)
    const more = wrong.length > told.length ? `, and ${wrong.length - told.length} more` : ""
    const issues = wrong.map(({ index }) => ({ path: `steps.${index}.function`, message: "names no function" }))
    throw new FunctionsError(
      "FN_006",
      `Cannot define pipeline "${name}": ${told.join(", ")}${more}, and there is no such function.`,
      { issues },
    )
  }

  /** A reference that cannot be read names nothing either. */
  async function resolves(organisation: string, functionName: string): Promise<boolean> {
    try {
      return await resolve(organisation, functionName)
    } catch (error) {
      if (error instanceof FunctionsError && error.code === "FN_001") return false
      throw error
    }
  }

  return {
    async define(organisation, given) {
      const definition = parsePipelineDefinition(isBuilder(given) ? given.toDefinition() : given)
      await checkFunctions(organisation, definition)
      const at = now()
      return await store.save(organisation, definition, newId(at), at)
    },

    async run(organisation, name, input, { signal, traceId = newTraceId() } = {}) {
      const value = fromInput(name, input)
      const pipeline = await find(organisation, name)
      if (signal?.aborted) {
        throw new FunctionsError("FN_002", `Cannot run pipeline "${name}": the call was ended before it began.`)
      }
      const startedAt = now()
      const context = { organisation, pipeline: name, traceId, signal, invoke, now }
      const outcome = await runSteps(pipeline.steps, value, context)
      const endedAt = now()
      const run: PipelineRun = {
        id: newId(startedAt),
        pipeline: name,
        status: outcome.ok ? "succeeded" : "failed",
        ...(outcome.ok ? (outcome.value.value === undefined ? {} : { output: outcome.value.value }) : {}),
        ...(outcome.ok ? {} : { error: outcome.error }),
        steps: outcome.records,
        startedAt,
        endedAt,
        durationMs: endedAt - startedAt,
      }
      const record = { ...run, organisation }
      await store.insertRun(record)
      tell("pipeline.finished", record)
      return run
    },

    get: find,
    async list(organisation, page) {
      return await store.list(organisation, toPageRequest(page))
    },
    async remove(organisation, name) {
      if (!(await store.remove(organisation, name))) throw missing("pipeline", name)
    },
    async getRun(organisation, id) {
      const run = await store.findRun(organisation, id)
      if (!run) throw missing("pipeline run", id)
      return withoutOrganisation(run)
    },
    async listRuns(organisation, name, page) {
      const { items, next } = await store.listRuns(organisation, name, toPageRequest(page))
      if (items.length === 0) await find(organisation, name)
      return { items: items.map(withoutOrganisation), next }
    },
  }
}

function isBuilder(given: unknown): given is { toDefinition(): PipelineDefinition } {
  return typeof given === "object" && given !== null && "toDefinition" in given
}

function withoutOrganisation({ organisation, ...run }: PipelineRunRecord): PipelineRun {
  return run
}

function missing(kind: string, name: string): FunctionsError {
  return new FunctionsError("FN_001", `Cannot find ${kind} "${String(name).slice(0, 140)}": there is none.`)
}
