import { FunctionsError } from "../../errors/functions-error.ts"
import type { InvocationError } from "../../model/invocation.ts"
import type { Job } from "../../model/job.ts"
import type { PipelineRun, StepRecord } from "../../model/pipeline.ts"

/** What a test fails with where accepted work failed for good: the function's own error, with the line that failed. */
export function toFailure(
  what: string,
  { code, ...guest }: InvocationError,
  invocationId: string | null | undefined,
  thrown: unknown,
): FunctionsError {
  const frame = guest.frame === undefined ? "" : `\n\n${guest.frame}\n`
  return new FunctionsError(code, `${what}: ${guest.name}: ${guest.message}${frame}`, {
    guest,
    ...(invocationId && { invocationId }),
    ...(thrown !== undefined && { cause: thrown }),
  })
}

/** What failed, for a message. */
export function describeJob({ kind, target, attempt, maxAttempts }: Job): string {
  return `${kind === "function" ? "Function" : "Work for"} "${target}" failed for good, at try ${attempt} of ${maxAttempts}`
}

/** The step that a run failed at; undefined where it was none. */
export function failingStep({ steps, error }: PipelineRun): StepRecord | undefined {
  return steps.findLast((step) => step.status === "failed" && step.error?.message === error?.message)
}

/** What failed, for a message. */
export function describeRun(run: PipelineRun): string {
  const step = failingStep(run)
  if (!step) return `Pipeline "${run.pipeline}" failed`
  const tries = step.attempts > 1 ? `, after ${step.attempts} tries` : ""
  return `Pipeline "${run.pipeline}" failed at step "${step.name}"${tries}`
}

/** One error for all. */
export function joinFailures(failures: readonly unknown[]): unknown {
  const [first, ...others] = failures
  if (others.length === 0) return first
  const list = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)))
  return new AggregateError(failures, `${failures.length} failures:\n\n${list.join("\n\n")}`)
}
