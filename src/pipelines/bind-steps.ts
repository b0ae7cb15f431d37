import { FunctionsError } from "../errors/functions-error.ts"
import type { PipelineDefinition, PipelineStep } from "../model/pipeline.ts"
import { mapInnerSteps, walkSteps } from "./walk-steps.ts"

/** The command that tells which version `name`, `id`, `name@version` or `name@alias` means now; null where there is none. */
export type ResolveFunction = (
  organisation: string,
  functionName: string,
) => Promise<{ readonly name: string; readonly version: number } | null>

/** What binding asks. */
export interface BindingOptions {
  readonly resolve: ResolveFunction
  /** The pipeline of this name; null where there is none. */
  readonly find: (organisation: string, name: string) => Promise<PipelineDefinition | null>
}

/** How deep pipelines may hold one another. */
const maxDepth = 20

/** `FN_006` where steps name functions or pipelines that do not exist, or pipelines hold one another in a circle. */
export async function checkSteps(
  organisation: string,
  { name, steps }: PipelineDefinition,
  { resolve, find }: BindingOptions,
): Promise<void> {
  const issues: { readonly path: string; readonly message: string; readonly told: string }[] = []
  const functions = new Map<string, boolean>()
  const isFunction = async (reference: string) => {
    const known = functions.get(reference)
    if (known !== undefined) return known
    const exists = (await resolveOrNull(resolve, organisation, reference)) !== null
    functions.set(reference, exists)
    return exists
  }
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
      const problem = await checkPipeline(organisation, step.pipeline, [name], find)
      if (problem) issues.push({ path: `${path}.pipeline`, message: problem, told: `step "${step.name}" ${problem}` })
    }
  }
  if (issues.length === 0) return
  const told = issues.slice(0, 3).map((issue) => issue.told)
  const more = issues.length > told.length ? `; and ${issues.length - told.length} more` : ""
  throw new FunctionsError("FN_006", `Cannot define pipeline "${name}": ${told.join("; ")}${more}.`, {
    issues: issues.map(({ path, message }) => ({ path, message })),
  })
}

/** What is wrong with running a pipeline within those of `above`; undefined where nothing is. */
async function checkPipeline(
  organisation: string,
  name: string,
  above: readonly string[],
  find: BindingOptions["find"],
): Promise<string | undefined> {
  if (above.includes(name)) return `runs pipeline "${name}", which runs it in turn`
  if (above.length >= maxDepth) return `runs pipelines more than ${maxDepth} deep`
  const definition = await find(organisation, name)
  if (!definition) return `runs pipeline "${name}", and there is no such pipeline`
  for (const { step } of walkSteps(definition.steps)) {
    if (step.kind !== "pipeline") continue
    const problem = await checkPipeline(organisation, step.pipeline, [...above, name], find)
    if (problem) return problem
  }
  return undefined
}

/** The steps as a run takes them: bound to the versions of now, with the steps of the pipelines that they run. */
export async function bindSteps(
  organisation: string,
  steps: readonly PipelineStep[],
  { resolve, find }: BindingOptions,
): Promise<readonly PipelineStep[]> {
  const versions = new Map<string, string>()
  const pipelines = new Map<string, readonly PipelineStep[]>()
  const collect = async (given: readonly PipelineStep[]): Promise<void> => {
    for (const { step } of walkSteps(given)) {
      if (step.kind === "function") {
        for (const reference of [step.function, step.compensate]) {
          if (reference === undefined || versions.has(reference)) continue
          const found = await resolveOrNull(resolve, organisation, reference)
          // A function that is gone fails the step that calls it, as it would fail any caller.
          versions.set(reference, found ? `${found.name}@${found.version}` : reference)
        }
      }
      if (step.kind === "pipeline" && !pipelines.has(step.pipeline)) {
        const definition = await find(organisation, step.pipeline)
        const problem = definition ? await checkPipeline(organisation, step.pipeline, [], find) : "is gone"
        if (!definition || problem) {
          throw new FunctionsError(
            "FN_006",
            `Cannot run pipeline "${step.pipeline}" in step "${step.name}": it ${problem}.`,
          )
        }
        pipelines.set(step.pipeline, definition.steps)
        await collect(definition.steps)
      }
    }
  }
  await collect(steps)
  const bind = (step: PipelineStep): PipelineStep => {
    if (step.kind === "pipeline") return { ...step, steps: (pipelines.get(step.pipeline) ?? []).map(bind) }
    const inner = mapInnerSteps(step, bind)
    if (inner.kind !== "function") return inner
    const { compensate } = inner
    const fixed = { ...inner, function: versions.get(inner.function) ?? inner.function }
    return compensate === undefined ? fixed : { ...fixed, compensate: versions.get(compensate) ?? compensate }
  }
  return steps.map(bind)
}

/** A reference that cannot be read names nothing either. */
async function resolveOrNull(resolve: ResolveFunction, organisation: string, reference: string) {
  try {
    return await resolve(organisation, reference)
  } catch (error) {
    if (error instanceof FunctionsError && error.code === "FN_001") return null
    throw error
  }
}
