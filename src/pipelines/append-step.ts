import { FunctionsError } from "../errors/functions-error.ts"
import { checkName } from "../model/name.ts"
import type { PipelineStep } from "../model/pipeline.ts"

/** A function as a step names it: name, id, `name@version` or `name@alias`. */
export const functionReferencePattern: RegExp =
  /^(?:[A-Za-z][A-Za-z0-9_-]{0,63}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@(?:[1-9][0-9]{0,8}|[A-Za-z][A-Za-z0-9_-]{0,63}))?$/

/** The steps with one more call at their end; `FN_006` where its function or its name cannot be one. */
export function appendStep(
  steps: readonly PipelineStep[],
  functionName: string,
  name: string | undefined,
): readonly PipelineStep[] {
  if (typeof functionName !== "string" || !functionReferencePattern.test(functionName)) {
    const shown = typeof functionName === "string" ? `"${functionName.slice(0, 140)}"` : typeof functionName
    throw new FunctionsError(
      "FN_006",
      `Cannot add step ${steps.length + 1} for function ${shown}: a step names a function as "name", "id", "name@version" or "name@alias".`,
      { issues: [{ path: `steps.${steps.length}.function`, message: "must name a function" }] },
    )
  }
  const isTaken = (candidate: string) => steps.some((step) => step.name === candidate)
  if (name !== undefined && isTaken(checkName("step", name))) {
    throw new FunctionsError("FN_006", `Cannot add step "${name}": the pipeline has a step of this name already.`, {
      issues: [{ path: `steps.${steps.length}.name`, message: "must be unique within the pipeline" }],
    })
  }
  const added = name ?? freeName(functionName, steps.length + 1, isTaken)
  return [...steps, { kind: "function", name: added, function: functionName }]
}

function freeName(functionName: string, position: number, isTaken: (candidate: string) => boolean): string {
  const target = functionName.split("@", 1)[0] ?? ""
  const base = /^[A-Za-z]/.test(target) ? target : `step-${position}`
  let candidate = base
  for (let count = 2; isTaken(candidate); count++) {
    const suffix = `-${count}`
    candidate = base.slice(0, 64 - suffix.length) + suffix
  }
  return candidate
}
