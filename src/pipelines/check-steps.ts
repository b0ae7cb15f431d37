import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import type { PipelineDefinition } from "../model/pipeline.ts"
import { createMeasure } from "./measure-pipelines.ts"
import { type BindingOptions, resolveOrNull } from "./resolve-function.ts"
import { walkSteps } from "./walk-steps.ts"

/**
 * `FN_006` where steps name functions or pipelines that do not exist, where pipelines hold one another in a circle, or
 * where they have too many steps together.
 */
export async function checkSteps(
  organisation: string,
  definition: PipelineDefinition,
  { resolve, find }: BindingOptions,
): Promise<void> {
  const { name, steps } = definition
  const issues: (ErrorIssue & { readonly told: string })[] = []
  const functions = new Map<string, boolean>()
  const isFunction = async (reference: string) => {
    const known = functions.get(reference)
    if (known !== undefined) return known
    const exists = (await resolveOrNull(resolve, organisation, reference)) !== null
    functions.set(reference, exists)
    return exists
  }
  const measure = createMeasure(organisation, async (owner, called) =>
    called === name ? definition : await find(owner, called),
  )
  for (const { step, path } of walkSteps(steps)) {
    if (step.kind === "function") {
      for (const key of ["function", "compensate"] as const) {
        const reference = step[key]
        if (reference === undefined || (await isFunction(reference))) continue
        const told = `step "${step.name}" calls "${reference}", and there is no such function`
        issues.push({ path: `${path}.${key}`, message: "names no function", told })
      }
    }
    if (step.kind === "pipeline") {
      const { problem } = await measure(step.pipeline, [name])
      if (problem) issues.push({ path: `${path}.pipeline`, message: problem, told: `step "${step.name}" ${problem}` })
    }
  }
  if (issues.length === 0) {
    const { problem } = await measure(name, [])
    if (problem) issues.push({ path: "steps", message: problem, told: `it ${problem}` })
  }
  if (issues.length === 0) return
  const told = issues.slice(0, 3).map((issue) => issue.told)
  const more = issues.length > told.length ? `; and ${issues.length - told.length} more` : ""
  throw new FunctionsError("FN_006", `Cannot define pipeline "${name}": ${told.join("; ")}${more}.`, {
    issues: issues.map(({ path, message }) => ({ path, message })),
  })
}
