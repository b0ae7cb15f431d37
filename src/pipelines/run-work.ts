import type { Tell } from "../model/facts.ts"
import type { InvocationError } from "../model/invocation.ts"
import { type AskedBy, firstLease, type Job, type Lease, type NewJob } from "../model/job.ts"
import type { PipelineStore, RunRow, StepRow } from "../ports/pipeline-storage.ts"
import type { DoJob, Verdict } from "../ports/queue.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { compensate } from "./compensate.ts"
import { Superseded } from "./journal.ts"
import type { ResolveFunction } from "./resolve-function.ts"
import { type BegunPayload, type RunPayload, readBeginning } from "./run-payload.ts"
import { runSteps } from "./run-steps.ts"
import { type InvokeStep, ownError, type StepContext, type StepOutcome } from "./step-execution.ts"
import { fromText, toText } from "./step-value.ts"
import { type ClaimedRun, createWaitingRuns, toClaimedRun } from "./waiting-runs.ts"

/** What doing runs needs. */
export interface RunWorkOptions {
  readonly store: PipelineStore
  readonly invoke: InvokeStep
  readonly resolve: ResolveFunction
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly random: () => number
  readonly tell: Tell
  /** The signal of the one who waits for this run, where there is one. */
  readonly signalOf: (runId: string) => AbortSignal | undefined
  /** Hears of a run that has ended. */
  readonly ended: (run: RunRow, steps: readonly StepRow[], askedBy: AskedBy | undefined) => void
}

/** A run that waits for nothing but the outside is looked at now and then all the same. */
const dayMs = 86_400_000

/** Does the jobs of runs. */
export interface RunWork {
  /** Puts the job of a new run with its first lease; the run is this process's own, and the lease is to be given to `work`. */
  begin(job: NewJob, payload: RunPayload): Promise<Lease>
  readonly work: DoJob
}

/** Creates what does the jobs of runs. */
export function createRunWork(options: RunWorkOptions): RunWork {
  const { store, invoke, resolve, now, wakeAfter, random, tell, signalOf, ended } = options
  const waitingRuns = createWaitingRuns(store)
  const begun = new WeakMap<Lease, ClaimedRun>()

  async function begin(job: NewJob, payload: RunPayload): Promise<Lease> {
    const lease = firstLease(job)
    begun.set(lease, toClaimedRun(store, await store.beginRun(job, toRunRow(lease.job, payload))))
    return lease
  }

  const work: DoJob = async (lease, workSignal) => {
    const { job } = lease
    const claim = begun.get(lease) ?? (await waitingRuns.resume(job.organisation, job.id)) ?? (await claimWhole(job))
    if (claim === null) {
      const error = unreadable("what it was accepted with is gone or damaged")
      await store.endRun(job.organisation, job.id, { status: "cancelled", error, endedAt: now() })
      return { outcome: "cancelled", error, attempt: null }
    }
    if (claim.run.status !== "running") return done
    const context: StepContext = {
      organisation: job.organisation,
      runId: job.id,
      pipeline: claim.run.pipeline,
      askedBy: job.askedBy,
      traceId: job.traceId,
      depth: job.depth,
      signal: signalOf(job.id),
      workSignal,
      invoke,
      resolve,
      tell,
      journal: claim.journal,
      cache: store,
      now,
      wakeAfter,
      random,
      runSteps,
      replays: claim.run.error !== null,
      completed: [],
    }
    const finish = (outcome: RunOutcome) => write(lease, claim, context, outcome)
    if (claim.unreadable !== undefined) return await finish(failed(unreadable(claim.unreadable)))
    try {
      const outcome =
        job.attempt > job.maxAttempts ? lostTooOften(job) : await runToTheEnd(claim, fromText(claim.run.input), context)
      return await finish(outcome)
    } catch (error) {
      // Whoever has the run now, or has ended it, says how it goes on.
      if (error instanceof Superseded || workSignal.aborted) return { outcome: "again", runAt: now(), attempt: null }
      if (error instanceof SyntaxError) return await finish(failed(unreadable(error.message)))
      throw error
    }
  }

  /** Null where the run has not begun, and the job does not tell what it begins with. */
  async function claimWhole(job: Job): Promise<ClaimedRun | null> {
    const payload = readBeginning(job.payload)
    const claim = payload
      ? await store.claim(toRunRow(job, payload), payload.steps)
      : await store.reclaim(job.organisation, job.id)
    return claim && toClaimedRun(store, claim)
  }

  /** What the run came to. */
  async function write(lease: Lease, claim: ClaimedRun, context: StepContext, outcome: RunOutcome): Promise<Verdict> {
    const { organisation, id } = claim.run
    const change = { status: "waiting", output: null, error: null, endedAt: null } as const
    if (outcome.state === "suspended") {
      // A run that is being undone goes on with that, and not with its steps.
      const { error = null } = outcome
      if (!(await store.updateRun(organisation, id, claim.fence, { ...change, error }))) throw new Superseded(id)
      waitingRuns.keep(claim, { error })
      // What it began with stands in the run by now, and need not be read at each turn.
      const { pipeline, originId } = claim.run
      const payload: BegunPayload = { pipeline, originId }
      const runAt = Math.ceil(outcome.wakeAt ?? now() + dayMs)
      return { outcome: "again", runAt, attempt: null, payload: JSON.stringify(payload) }
    }
    const endedAt = Math.round(now())
    const result =
      outcome.state === "done"
        ? ({ ...change, status: "succeeded", output: toText(outcome.value), endedAt } as const)
        : ({ ...change, status: "failed", error: outcome.error, endedAt } as const)
    if (result.status === "failed") await context.journal.giveUp("", endedAt)
    const written = await store.completeRun(lease, claim.fence, result)
    if (!written) throw new Superseded(id)
    ended({ ...claim.run, ...result }, context.journal.steps(), context.askedBy)
    return written === "settled" ? { ...done, isSettled: true } : done
  }

  /** The steps, and where they fail what undoes them: what failed stays so, whatever happens on the way back. */
  async function runToTheEnd(
    { run, fence }: ClaimedRun,
    input: ReturnType<typeof fromText>,
    context: StepContext,
  ): Promise<RunOutcome> {
    const outcome = await runSteps(run.definition, { input, previous: input, outputs: new Map() }, context, "")
    const error = run.error ?? (outcome.state === "failed" ? outcome.error : undefined)
    if (!error || context.completed.length === 0) return error ? failed(error) : outcome
    const failing = { status: "running", output: null, error, endedAt: null } as const
    if (!(await store.updateRun(run.organisation, run.id, fence, failing))) throw new Superseded(run.id)
    const wakeAt = await compensate(context, error)
    return wakeAt === undefined ? failed(error) : { state: "suspended", wakeAt, error }
  }

  return { begin, work }
}

/** What a run came to; it has an error already where it waits while it is undone. */
type RunOutcome =
  | Exclude<StepOutcome, { readonly state: "suspended" }>
  | (Extract<StepOutcome, { readonly state: "suspended" }> & { readonly error?: InvocationError })

const done: Verdict = { outcome: "succeeded", result: null, attempt: null }

/** A run as it begins. */
export function toRunRow(job: Job, { pipeline, definition, surroundings, input, originId }: RunPayload): RunRow {
  return {
    organisation: job.organisation,
    id: job.id,
    pipeline,
    status: "running",
    definition,
    surroundings: surroundings ?? null,
    input,
    output: null,
    error: null,
    traceId: job.traceId,
    originId,
    startedAt: Math.round(job.createdAt),
    endedAt: null,
  }
}

function failed(error: InvocationError): StepOutcome {
  return { state: "failed", error }
}

function lostTooOften({ maxAttempts }: Job): StepOutcome {
  return failed(ownError("FN_008", `The process that did the run was lost, ${maxAttempts} times.`))
}

function unreadable(reason: string): InvocationError {
  return ownError("FN_004", `Cannot go on: what the run has written down cannot be read (${reason}).`)
}
