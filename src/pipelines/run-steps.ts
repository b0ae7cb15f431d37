import type { FunctionStep, PipelineStep } from "../model/pipeline.ts"
import { runFunctionStep } from "./function-step.ts"
import { runBranchStep, runMapStep, runParallelStep, runSubPipelineStep } from "./group-steps.ts"
import { inputOf, type Scope } from "./scope.ts"
import { ownError, type StepContext, type StepExecutor, type StepOutcome } from "./step-execution.ts"
import { fromValue, type StepValue } from "./step-value.ts"
import { runApprovalStep, runEventStep, runWaitStep } from "./waiting-steps.ts"

type Kind = PipelineStep["kind"]
type StepOf<Of extends Kind> = Extract<PipelineStep, { readonly kind: Of }>

// A new kind of step joins the union in the model, and the compiler asks for its line here.
const executors: { readonly [Of in Kind]: StepExecutor<StepOf<Of>> } = {
  function: runCaughtStep,
  parallel: runParallelStep,
  map: runMapStep,
  branch: runBranchStep,
  wait: runWaitStep,
  event: runEventStep,
  approval: runApprovalStep,
  pipeline: runSubPipelineStep,
}

/** Runs steps one after the other, each on what the one before answered; the first failure ends it. */
export async function runSteps(
  steps: readonly PipelineStep[],
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const outputs = new Map<string, StepValue>()
  let previous = scope.previous
  for (const [index, step] of steps.entries()) {
    if (context.signal?.aborted) return { state: "failed", error: endedBefore(step, context) }
    const place = path === "" ? String(index) : `${path}.${index}`
    // The compiler cannot see that a step's kind picks the executor which takes that very step.
    const execute = executors[step.kind] as StepExecutor<PipelineStep>
    const outcome = await execute(step, { ...scope, previous, outputs }, context, place)
    if (outcome.state !== "done") return outcome
    previous = outcome.value
    outputs.set(step.name, previous)
  }
  return { state: "done", value: previous }
}

/** A call, or the steps that take its place where it failed. */
async function runCaughtStep(
  step: FunctionStep,
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const outcome = await runFunctionStep(step, scope, context, path)
  if (outcome.state !== "failed" || !step.catch || context.signal?.aborted) return outcome
  const { code, name, message } = outcome.error
  const given = fromValue({ error: { code, name, message }, input: inputOf(step.input, scope).value ?? null })
  const inner = { input: scope.input, previous: given, outputs: new Map(), outer: scope }
  return runSteps(step.catch, inner, context, `${path}.catch`)
}

function endedBefore(step: PipelineStep, { pipeline }: StepContext) {
  return ownError("FN_002", `Cannot run pipeline "${pipeline}": the run was ended before step "${step.name}".`)
}
