import type { InvocationError } from "../model/invocation.ts"
import type { Job } from "../model/job.ts"
import type { PipelineStep } from "../model/pipeline.ts"
import type { PipelineStore, RunClaim, RunRow, StepRow } from "../ports/pipeline-storage.ts"
import type { DoJob, Verdict } from "../ports/queue.ts"
import { compensate } from "./compensate.ts"
import { openJournal, Superseded } from "./journal.ts"
import { runSteps } from "./run-steps.ts"
import { type InvokeStep, ownError, type StepContext, type StepOutcome } from "./step-execution.ts"
import { fromText, toText } from "./step-value.ts"

/** What a pipeline's job carries: everything that its run begins with. */
export interface RunPayload {
  readonly pipeline: string
  readonly definition: readonly PipelineStep[]
  /** JSON text. */
  readonly input: string
  readonly originId: string | null
  /** What it need not do, because another run has done it. */
  readonly steps?: readonly StepRow[]
}

/** What doing runs needs. */
export interface RunWorkOptions {
  readonly store: PipelineStore
  readonly invoke: InvokeStep
  readonly now: () => number
  readonly random: () => number
  /** The signal of the one who waits for this run, where there is one. */
  readonly signalOf: (runId: string) => AbortSignal | undefined
  /** Hears of a run that has ended. */
  readonly ended: (run: RunRow, steps: readonly StepRow[]) => void
}

/** A run that waits for nothing but the outside is looked at now and then all the same. */
const dayMs = 86_400_000

/** Makes what does the jobs of runs. */
export function createRunWork({ store, invoke, now, random, signalOf, ended }: RunWorkOptions): DoJob {
  return async ({ job }, workSignal) => {
    const payload: RunPayload = JSON.parse(job.payload)
    const claim = await store.claim(toRunRow(job, payload), payload.steps)
    if (claim.run.status !== "running") return done
    const context: StepContext = {
      organisation: job.organisation,
      pipeline: payload.pipeline,
      traceId: job.traceId,
      signal: signalOf(job.id),
      workSignal,
      invoke,
      journal: openJournal(store, claim),
      cache: store,
      now,
      random,
      runSteps,
      replays: claim.run.error !== null,
      completed: [],
    }
    try {
      const outcome =
        job.attempt > job.maxAttempts ? lostTooOften(job) : await runToTheEnd(claim, fromText(payload.input), context)
      return await finish(claim, context, outcome)
    } catch (error) {
      // Whoever has the run now, or has ended it, says how it goes on.
      if (error instanceof Superseded || workSignal.aborted) return { outcome: "again", runAt: now(), attempt: null }
      if (error instanceof SyntaxError) return await finish(claim, context, unreadable(error))
      throw error
    }
  }

  async function finish(claim: RunClaim, context: StepContext, outcome: StepOutcome): Promise<Verdict> {
    const { organisation, id } = claim.run
    const change = { status: "waiting", output: null, error: null, endedAt: null } as const
    if (outcome.state === "suspended") {
      await store.updateRun(organisation, id, claim.fence, change)
      return { outcome: "again", runAt: outcome.wakeAt ?? now() + dayMs, attempt: null }
    }
    const endedAt = now()
    const result =
      outcome.state === "done"
        ? ({ ...change, status: "succeeded", output: toText(outcome.value), endedAt } as const)
        : ({ ...change, status: "failed", error: outcome.error, endedAt } as const)
    if (!(await store.updateRun(organisation, id, claim.fence, result))) throw new Superseded(id)
    ended({ ...claim.run, ...result }, context.journal.steps())
    return done
  }

  /** The steps, and where they fail what undoes them: what failed stays so, whatever happens on the way back. */
  async function runToTheEnd(
    { run, fence }: RunClaim,
    input: ReturnType<typeof fromText>,
    context: StepContext,
  ): Promise<StepOutcome> {
    const outcome = await runSteps(run.definition, { input, previous: input, outputs: new Map() }, context, "")
    const error = run.error ?? (outcome.state === "failed" ? outcome.error : undefined)
    if (!error || context.completed.length === 0) return error ? failed(error) : outcome
    const failing = { status: "running", output: null, error, endedAt: null } as const
    if (!(await store.updateRun(run.organisation, run.id, fence, failing))) throw new Superseded(run.id)
    return (await compensate(context, error)) ?? failed(error)
  }
}

const done: Verdict = { outcome: "succeeded", result: null, attempt: null }

function toRunRow(job: Job, { pipeline, definition, input, originId }: RunPayload): RunRow {
  return {
    organisation: job.organisation,
    id: job.id,
    pipeline,
    status: "running",
    definition,
    input,
    output: null,
    error: null,
    traceId: job.traceId,
    originId,
    startedAt: job.createdAt,
    endedAt: null,
  }
}

function failed(error: InvocationError): StepOutcome {
  return { state: "failed", error }
}

function lostTooOften({ maxAttempts }: Job): StepOutcome {
  return failed(ownError("FN_008", `The process that did the run was lost, ${maxAttempts} times.`))
}

function unreadable({ message }: SyntaxError): StepOutcome {
  return failed(ownError("FN_004", `Cannot go on: what the run has written down cannot be read (${message}).`))
}
