import type { InvocationError } from "../model/invocation.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { PipelineDefinition, PipelineRecord, PipelineStep, RunStatus, StepRecord } from "../model/pipeline.ts"

/** A run without its steps. */
export interface RunRow {
  readonly organisation: string
  readonly id: string
  readonly pipeline: string
  readonly status: RunStatus
  /** Bound to versions. */
  readonly definition: readonly PipelineStep[]
  /** JSON text. */
  readonly input: string
  /** JSON text; null where there is none. */
  readonly output: string | null
  readonly error: InvocationError | null
  readonly traceId: string
  readonly originId: string | null
  readonly startedAt: number
  readonly endedAt: number | null
}

/** A step as it is stored; `output` is JSON text, null where there is none. */
export interface StepRow extends Omit<StepRecord, "output" | "durationMs"> {
  readonly output: string | null
  /** Counts the steps of the run in the order of their beginning. */
  readonly position: number
  /** Epoch milliseconds: when a waiting step goes on by itself; null where it does not. */
  readonly wakeAt: number | null
  /** Of a step that waits for an event: its type and what it must have. */
  readonly awaited: { readonly type: string; readonly match: Readonly<Record<string, unknown>> } | null
}

/** The right to write down what a run does: what an older fence says is not heard. */
export interface RunClaim {
  readonly run: RunRow
  readonly fence: number
  /** The steps that were written down so far. */
  readonly steps: readonly StepRow[]
}

/** A waiting step, with its run. */
export interface WaitingStep {
  readonly organisation: string
  readonly runId: string
  readonly step: StepRow
}

/** Pipelines and their runs. */
export interface PipelineStore {
  /** Adds the pipeline, or replaces the definition under its name while the id stays. */
  save(organisation: string, definition: PipelineDefinition, newId: string, at: number): Promise<PipelineRecord>
  find(organisation: string, name: string): Promise<PipelineRecord | null>
  /** Sorted by name; the cursor is the last name. */
  list(organisation: string, page: PageRequest): Promise<Page<PipelineRecord>>
  remove(organisation: string, name: string): Promise<boolean>

  /** Claims a run for a worker; adds it where it is not there yet, with the steps that it begins with. */
  claim(run: RunRow, steps?: readonly StepRow[]): Promise<RunClaim>
  /**
   * Writes a step down. MUST answer false, and change nothing, where another worker has claimed the run, where it was
   * cancelled, or where the step has ended already.
   */
  writeStep(organisation: string, runId: string, fence: number, step: StepRow): Promise<boolean>
  /** Changes the run itself, under the same condition. */
  updateRun(
    organisation: string,
    runId: string,
    fence: number,
    change: Pick<RunRow, "status" | "output" | "error" | "endedAt">,
  ): Promise<boolean>
  /** Ends a run whoever has claimed it; false where it has ended. */
  cancelRun(organisation: string, runId: string, error: InvocationError, at: number): Promise<boolean>
  findRun(organisation: string, id: string): Promise<RunRow | null>
  /** In the order of their beginning. */
  listSteps(organisation: string, runId: string): Promise<readonly StepRow[]>
  /** Newest first; the cursor is the last id. */
  listRuns(organisation: string, pipeline: string, page: PageRequest): Promise<Page<RunRow>>

  /** Steps that wait for events of a type. */
  listAwaiting(organisation: string, type: string): Promise<readonly WaitingStep[]>
  /** Ends a step that waits, from outside of its run; false where it does not wait any more. */
  resolveStep(organisation: string, runId: string, step: StepRow): Promise<boolean>

  /** The output of a step with this key that was kept until after `now`. */
  findCached(organisation: string, key: string, now: number): Promise<{ readonly output: string | null } | null>
  keepCached(organisation: string, key: string, output: string | null, until: number): Promise<void>
  /** Removes what was kept until before `now`; answers how many. */
  expireCached(now: number, limit: number): Promise<number>
}
