import type { InvocationError } from "../model/invocation.ts"
import type { Lease, NewJob } from "../model/job.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type {
  PipelineDefinition,
  PipelineRecord,
  PipelineStep,
  RunStatus,
  RunSurroundings,
  StepRecord,
} from "../model/pipeline.ts"
import type { CheckRoutes } from "./routes.ts"

/** A run without its steps. */
export interface RunRow {
  readonly organisation: string
  readonly id: string
  readonly pipeline: string
  readonly status: RunStatus
  /** Bound to versions. */
  readonly definition: readonly PipelineStep[]
  /** Null for runs of earlier versions of the service. */
  readonly surroundings: RunSurroundings | null
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

/** The event that a step waits for. */
export interface AwaitedEvent {
  readonly type: string
  /** Values that it must have, by path. */
  readonly match: Readonly<Record<string, unknown>>
  /** JSON: the filter that it must fit. */
  readonly filter?: unknown
}

/** A step as it is stored; `output` is JSON text, null where there is none. */
export interface StepRow extends Omit<StepRecord, "output" | "durationMs"> {
  readonly output: string | null
  /** Counts the steps of the run in the order of their beginning. */
  readonly position: number
  /** Epoch milliseconds: when a waiting step goes on by itself; null where it does not. */
  readonly wakeAt: number | null
  /** Of a step that waits for an event. */
  readonly awaited: AwaitedEvent | null
  /** Of a step that waits for its next try: which function of its chain is tried, from 0; `output` is what that one is given. */
  readonly link: number
}

/** The right to write down what a run does: what an older fence says is not heard. */
export interface RunClaim {
  readonly run: RunRow
  readonly fence: number
  /** The steps that were written down so far. */
  readonly steps: readonly StepRow[]
  /** Why the run cannot go on: what is written down of it cannot be read. */
  readonly unreadable?: string
}

/** A run with those of its steps that wait for events of one type. */
export interface WaitingRun {
  readonly runId: string
  readonly steps: readonly StepRow[]
}

/** Pipelines and their runs. */
export interface PipelineStore {
  /** Adds the pipeline, or replaces the definition under its name while the id stays. */
  save(
    organisation: string,
    definition: PipelineDefinition,
    newId: string,
    at: number,
    checkRoutes?: CheckRoutes,
  ): Promise<PipelineRecord>
  find(organisation: string, name: string): Promise<PipelineRecord | null>
  /** Sorted by name; the cursor is the last name. */
  list(organisation: string, page: PageRequest): Promise<Page<PipelineRecord>>
  remove(organisation: string, name: string): Promise<boolean>

  /** Claims a run for a worker; adds it where it is not there yet, with the steps that it begins with. */
  claim(run: RunRow, steps?: readonly StepRow[]): Promise<RunClaim>
  /** Puts the job of a new run under its first lease and claims the run, in one write. */
  beginRun(job: NewJob, run: RunRow): Promise<RunClaim>
  /** Claims a run that is there already; null where it is not. */
  reclaim(organisation: string, runId: string): Promise<RunClaim | null>
  /**
   * Claims a run again for who claimed it last, under `fence`, and still has its steps: only those that were ended from
   * outside since then are answered. Null, and nothing is changed, where another worker has claimed the run meanwhile, or it
   * has ended or failed.
   */
  resume(organisation: string, runId: string, fence: number): Promise<Pick<RunClaim, "fence" | "steps"> | null>
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
  /**
   * Ends a run under the same condition: answers false where that does not hold. In the same write its job succeeds, and
   * `"settled"` is answered, where it still has this lease, the first one, and no flow; else `"written"`, and nothing of the
   * job is changed.
   */
  completeRun(
    lease: Lease,
    fence: number,
    change: Pick<RunRow, "output" | "error"> & {
      readonly status: "succeeded" | "failed"
      /** Epoch milliseconds. */
      readonly endedAt: number
    },
  ): Promise<"settled" | "written" | false>
  /** Ends a run whoever has claimed it, and with it the steps that wait; false where it has ended. */
  endRun(
    organisation: string,
    runId: string,
    ending: {
      readonly status: "failed" | "cancelled"
      readonly error: InvocationError
      /** Epoch milliseconds. */
      readonly endedAt: number
    },
  ): Promise<boolean>
  /**
   * Has a run that has not ended and has no error yet fail with this one: whoever claims it next undoes it, and the worker
   * that has it is not heard any more. False where it changed nothing.
   */
  failRun(organisation: string, runId: string, error: InvocationError): Promise<boolean>
  findRun(organisation: string, id: string): Promise<RunRow | null>
  /** Of a run, however large it is. */
  findStatus(organisation: string, id: string): Promise<RunStatus | null>
  /** In the order of their beginning. */
  listSteps(organisation: string, runId: string): Promise<readonly StepRow[]>
  /**
   * Invocations of steps that were undone in this run, or in one that has steps in common with it, because one of them does
   * the other again.
   */
  listUndone(organisation: string, runId: string): Promise<ReadonlySet<string>>
  /** Of this run and those that it has steps in common with: the first one, and one that has not ended. */
  findFamily(
    organisation: string,
    runId: string,
  ): Promise<{ readonly eldestId: string; readonly openId: string | null }>
  /** Newest first; the cursor is the last id. */
  listRuns(organisation: string, pipeline: string, page: PageRequest): Promise<Page<RunRow>>

  /** Runs with steps that wait for events of a type, in the order of their ids; the cursor is the last id. */
  listAwaiting(organisation: string, type: string, page: PageRequest): Promise<Page<WaitingRun>>
  /** Whether any step waits for events of a type. */
  isAwaited(organisation: string, type: string): Promise<boolean>
  /**
   * Ends steps that wait, from outside of their run, and in the same write has the run's job be due. Answers how many: those
   * that do not wait any more are left as they are, and all of them where the run has ended or failed. An event MUST NOT end
   * steps of a run in more than one call: `eventKey` is what it is known by, null where no event does it.
   */
  resolveSteps(organisation: string, runId: string, steps: readonly StepRow[], eventKey: string | null): Promise<number>

  /** The output of a step with this key that was kept until after `now`. */
  findCached(organisation: string, key: string, now: number): Promise<{ readonly output: string | null } | null>
  keepCached(organisation: string, key: string, output: string | null, until: number): Promise<void>
  /** Removes what was kept until before `now`; answers how many. */
  expireCached(now: number, limit: number): Promise<number>
}
