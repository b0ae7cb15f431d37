import { notFound } from "../errors/not-found.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { PipelineRun, RunProvenance } from "../model/pipeline.ts"
import type { PipelineStore, RunRow, StepRow } from "../ports/pipeline-storage.ts"
import type { Queue } from "../ports/queue.ts"
import { readJson } from "../util/read-json.ts"
import { toMermaid } from "./mermaid.ts"
import { readBeginning } from "./run-payload.ts"
import { toRunRow } from "./run-work.ts"
import { acceptedRun, toPipelineRun } from "./to-run.ts"

/** A run with all that is known of it, whether it has begun or not. */
export interface FoundRun {
  readonly run: RunRow
  readonly steps: readonly StepRow[]
  /** As it is shown. */
  readonly record: PipelineRun
}

/** Runs as they are shown. Those that were accepted and have not begun are known to the queue alone. */
export interface RunReading {
  /** Null where there is none. */
  read(organisation: string, id: string): Promise<PipelineRun | null>
  /** `FN_001` where there is none. */
  get(organisation: string, id: string): Promise<PipelineRun>
  /** `FN_001` where there is none. */
  find(organisation: string, id: string): Promise<FoundRun>
  provenance(organisation: string, id: string): Promise<RunProvenance>
  toMermaid(organisation: string, id: string): Promise<string>
  list(organisation: string, pipeline: string, page: PageRequest): Promise<Page<PipelineRun>>
}

/** What the steps of the runs of a page may hold together, in characters; the first run is there whatever its size. */
const maxPageChars = 4_194_304

/** Creates what reads runs. */
export function createRunReading({
  store,
  queue,
}: {
  readonly store: PipelineStore
  readonly queue: Pick<Queue, "find">
}): RunReading {
  async function read(organisation: string, id: string): Promise<PipelineRun | null> {
    const run = await store.findRun(organisation, id)
    if (run) return toPipelineRun(run, await store.listSteps(organisation, id))
    const job = await queue.find(organisation, id)
    return job?.kind === "pipeline" ? acceptedRun(job) : null
  }

  async function find(organisation: string, id: string): Promise<FoundRun> {
    const run = await store.findRun(organisation, id)
    if (run) {
      const steps = await store.listSteps(organisation, id)
      return { run, steps, record: toPipelineRun(run, steps) }
    }
    const job = await queue.find(organisation, id)
    const payload = job?.kind === "pipeline" ? readBeginning(job.payload) : null
    if (!job || !payload) throw notFound("pipeline run", id)
    return { run: toRunRow(job, payload), steps: payload.steps ?? [], record: acceptedRun(job) }
  }

  return {
    read,
    find,
    async get(organisation, id) {
      const run = await read(organisation, id)
      if (!run) throw notFound("pipeline run", id)
      return run
    },
    async provenance(organisation, id) {
      const { run, record } = await find(organisation, id)
      const { definition, surroundings } = run
      return { run: record, input: readJson<unknown>(run.input, null), steps: definition, surroundings }
    },
    async toMermaid(organisation, id) {
      const { run, steps } = await find(organisation, id)
      return toMermaid(run.pipeline, run.definition, steps)
    },
    async list(organisation, pipeline, page) {
      const { items, next } = await store.listRuns(organisation, pipeline, page)
      const shown: PipelineRun[] = []
      let chars = 0
      for (const run of items) {
        const steps = await store.listSteps(organisation, run.id)
        chars += steps.reduce((sum, { path, output }) => sum + path.length + (output?.length ?? 0), 0)
        if (shown.length > 0 && chars > maxPageChars) return { items: shown, next: shown.at(-1)?.id ?? null }
        shown.push(toPipelineRun(run, steps))
      }
      return { items: shown, next }
    },
  }
}
