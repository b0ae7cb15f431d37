import type { PipelineStep } from "../model/pipeline.ts"
import { runFunctionStep } from "./function-step.ts"
import { runBranchStep, runMapStep, runParallelStep, runSubPipelineStep } from "./group-steps.ts"
import { inputOf, type Scope } from "./scope.ts"
import { newRow, notDone, ownError, type StepContext, type StepExecutor, type StepOutcome } from "./step-execution.ts"
import { fromValue, TooLarge } from "./step-value.ts"
import { runApprovalStep, runEventStep, runWaitStep } from "./waiting-steps.ts"

type Kind = PipelineStep["kind"]
type StepOf<Of extends Kind> = Extract<PipelineStep, { readonly kind: Of }>

// A new kind of step joins the union in the model, and the compiler asks for its line here.
const executors: { readonly [Of in Kind]: StepExecutor<StepOf<Of>> } = {
  function: runFunctionStep,
  parallel: runParallelStep,
  map: runMapStep,
  branch: runBranchStep,
  wait: runWaitStep,
  event: runEventStep,
  approval: runApprovalStep,
  pipeline: runSubPipelineStep,
}

/** Runs a step, or the steps that take its place where it failed. */
export async function runStep(
  step: PipelineStep,
  scopeOf: () => Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  // Once the run was ended nothing begins; but what was done before is gone through, since it may have to be undone.
  const isLate = !context.replays && context.signal?.aborted === true
  const own = isLate ? { ...context, replays: true } : context
  try {
    const scope = scopeOf()
    const outcome = step.catch ? await runCaught(step, scope, own, path) : await execute(step, scope, own, path)
    return isLate && outcome === notDone ? { state: "failed", error: endedBefore(step, context) } : outcome
  } catch (error) {
    if (error instanceof TooLarge) return failTooLarge(step, error, own, path)
    throw error
  }
}

async function failTooLarge(step: PipelineStep, { message }: TooLarge, context: StepContext, path: string) {
  const { journal, now, replays } = context
  const error = ownError("FN_004", `Cannot go on with step "${step.name}": ${message}.`)
  if (!replays && !journal.recall(path)) {
    await journal.write(newRow(step, path, { status: "failed", error, endedAt: now() }))
  }
  return { state: "failed", error } as const
}

async function execute(step: PipelineStep, scope: Scope, context: StepContext, path: string): Promise<StepOutcome> {
  // The compiler cannot see that a step's kind picks the executor which takes that very step.
  const executor = executors[step.kind] as StepExecutor<PipelineStep>
  // It was given up because a way beside it failed, and that failure is the one that counts.
  if (context.journal.recall(path)?.status === "skipped") {
    return context.replays ? notDone : { state: "suspended", wakeAt: null }
  }
  try {
    return await executor(step, scope, context, path)
  } catch (error) {
    if (error instanceof TooLarge) return failTooLarge(step, error, context, path)
    throw error
  }
}

async function runCaught(step: PipelineStep, scope: Scope, context: StepContext, path: string): Promise<StepOutcome> {
  const { journal, now, signal } = context
  const hadFailed = journal.recall(path)?.status === "failed"
  const outcome = await execute(step, scope, hadFailed ? { ...context, replays: true } : context, path)
  if (outcome.state !== "failed" && !hadFailed) return outcome
  let failed = journal.recall(path)
  if (failed?.status !== "failed" && outcome.state === "failed") {
    if (context.replays || signal?.aborted) return outcome
    // Which of several failures is caught must not change when another worker goes on.
    failed = await journal.write(newRow(step, path, { status: "failed", error: outcome.error, endedAt: now() }))
  }
  if (!context.replays) await journal.giveUp(path, now())
  const { code = "FN_004", name = "Error", message = "" } = failed?.error ?? {}
  const input = "input" in step ? inputOf(step.input, scope) : scope.previous
  const given = fromValue({ error: { code, name, message }, input: input.value ?? null })
  const inner = { input: scope.input, previous: given, outputs: new Map(), outer: scope }
  const instead = await context.runSteps(step.catch ?? [], inner, context, `${path}.catch`)
  return instead.state === "failed" && signal?.aborted && outcome.state === "failed" ? outcome : instead
}

function endedBefore(step: PipelineStep, { pipeline }: StepContext) {
  return ownError("FN_002", `Cannot run pipeline "${pipeline}": the run was ended before step "${step.name}".`)
}
