import { FunctionsError } from "../errors/functions-error.ts"
import type { PipelineStep } from "../model/pipeline.ts"
import { maxPipelineSteps } from "./step-schema.ts"
import { mapInnerSteps, walkSteps } from "./walk-steps.ts"

/** Steps whose names may still be missing. */
export type UnnamedStep = { readonly kind: PipelineStep["kind"]; readonly name?: string | undefined }

/**
 * Gives a name to every step that has none: that of its function or pipeline, or of its kind, with `-2`, `-3` … where
 * that is taken. `FN_006` where two steps have one name, or where there are too many.
 */
export function nameSteps(pipeline: string, steps: readonly UnnamedStep[]): readonly PipelineStep[] {
  // Names are all that may be missing, and the walk does not look at them.
  const all = [...walkSteps(steps as readonly PipelineStep[])]
  if (all.length > maxPipelineSteps) {
    throw invalid(pipeline, "steps", `must have at most ${maxPipelineSteps} steps`)
  }
  const taken = new Set<string>()
  for (const { step, path } of all) {
    if (step.name === undefined) continue
    if (taken.has(step.name))
      throw invalid(pipeline, `${path}.name`, `"${step.name}" must be unique within the pipeline`)
    taken.add(step.name)
  }
  const counts = new Map<string, number>()
  const freeName = (base: string): string => {
    for (let count = counts.get(base) ?? 1; ; count++) {
      const suffix = count === 1 ? "" : `-${count}`
      const candidate = base.slice(0, 64 - suffix.length) + suffix
      if (taken.has(candidate)) continue
      counts.set(base, count + 1)
      taken.add(candidate)
      return candidate
    }
  }
  const named = (step: PipelineStep): PipelineStep =>
    mapInnerSteps({ ...step, name: step.name ?? freeName(baseName(step)) }, named)
  return (steps as readonly PipelineStep[]).map(named)
}

function baseName(step: PipelineStep): string {
  if (step.kind === "pipeline") return step.pipeline
  if (step.kind !== "function") return step.kind
  const target = step.function.split("@", 1)[0] ?? ""
  return /^[A-Za-z]/.test(target) ? target : "step"
}

function invalid(pipeline: string, path: string, message: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot define pipeline "${pipeline}": ${path}: ${message}.`, {
    issues: [{ path, message }],
  })
}
