import type { InvocationError } from "../model/invocation.ts"
import type { PipelineStep, StepRecord } from "../model/pipeline.ts"
import { runFunctionStep, skippedFunctionStep } from "./function-step.ts"
import type { StepContext, StepExecutor, StepOutcome } from "./step-execution.ts"
import type { StepValue } from "./step-value.ts"

type Kind = PipelineStep["kind"]
type StepOf<Of extends Kind> = Extract<PipelineStep, { readonly kind: Of }>

/** How a kind of step runs, and what its records are where its turn does not come. */
interface StepKind<Step extends PipelineStep> {
  readonly run: StepExecutor<Step>
  readonly skip: (step: Step) => readonly StepRecord[]
}

// A new kind of step joins the union in the model, and the compiler asks for its line here.
const stepKinds: { readonly [Of in Kind]: StepKind<StepOf<Of>> } = {
  function: { run: runFunctionStep, skip: (step) => [skippedFunctionStep(step)] },
}

/** Runs steps one after the other, each on what the one before answered; the first failure ends it. */
export async function runSteps(
  steps: readonly PipelineStep[],
  input: StepValue,
  context: StepContext,
): Promise<StepOutcome> {
  const records: StepRecord[] = []
  let value = input
  for (const [index, step] of steps.entries()) {
    if (context.signal?.aborted) {
      return { ok: false, error: endedBefore(step, context), records: [...records, ...skip(steps.slice(index))] }
    }
    const outcome = await kindOf(step).run(step, value, context)
    records.push(...outcome.records)
    if (!outcome.ok) {
      return { ok: false, error: outcome.error, records: [...records, ...skip(steps.slice(index + 1))] }
    }
    value = outcome.value
  }
  return { ok: true, value, records }
}

/** The compiler cannot see that a step's kind picks the entry which takes that very step. */
function kindOf(step: PipelineStep): StepKind<PipelineStep> {
  return stepKinds[step.kind] as StepKind<PipelineStep>
}

function skip(steps: readonly PipelineStep[]): readonly StepRecord[] {
  return steps.flatMap((step) => kindOf(step).skip(step))
}

function endedBefore(step: PipelineStep, { pipeline }: StepContext): InvocationError {
  const message = `Cannot run pipeline "${pipeline}": the run was ended before step "${step.name}".`
  return { code: "FN_002", name: "FunctionsError", message, stack: "" }
}
