import { FunctionsError } from "../errors/functions-error.ts"
import type { BoundFunction, FunctionStep, PipelineDefinition, PipelineStep } from "../model/pipeline.ts"
import { createMeasure, type FindPipeline } from "./measure-pipelines.ts"
import { type BindingOptions, type ResolveFunction, resolveOrNull } from "./resolve-function.ts"
import { mapInnerSteps, walkSteps } from "./walk-steps.ts"

/** The steps as a run takes them: bound to the versions of now, with the steps of the pipelines that they run. */
export async function bindSteps(
  organisation: string,
  definition: PipelineDefinition,
  { resolve, find: findNow }: BindingOptions,
): Promise<readonly PipelineStep[]> {
  const { name, steps } = definition
  const find = findOnce(findNow, definition)
  const { problem } = await createMeasure(organisation, find)(name, [])
  if (problem) throw new FunctionsError("FN_006", `Cannot run pipeline "${name}": it ${problem}.`)
  const bound = new Map<string, Pick<FunctionStep, "chain"> & { readonly function: string }>()
  const pipelines = new Map<string, readonly PipelineStep[]>()
  // A function that is gone fails the step that calls it, as it would fail any caller.
  const bindOne = async (reference: string) => {
    const found = await resolveOrNull(resolve, organisation, reference)
    return { fixed: found ? `${found.name}@${found.version}` : reference, chain: found?.chain }
  }
  const collect = async (given: readonly PipelineStep[]): Promise<void> => {
    for (const { step } of walkSteps(given)) {
      for (const reference of functionsOf(step)) {
        if (bound.has(reference)) continue
        const { fixed, chain } = await bindOne(reference)
        const links = chain && (await Promise.all(chain.map(async (link) => (await bindOne(link)).fixed)))
        bound.set(reference, { function: fixed, ...(links && { chain: links }) })
      }
      if (step.kind === "pipeline" && !pipelines.has(step.pipeline)) {
        const inner = (await find(organisation, step.pipeline))?.steps ?? []
        pipelines.set(step.pipeline, inner)
        await collect(inner)
      }
    }
  }
  await collect(steps)
  const bind = (step: PipelineStep): PipelineStep => {
    const inner = mapInnerSteps(step, bind)
    if (inner.kind === "pipeline") return { ...inner, steps: (pipelines.get(inner.pipeline) ?? []).map(bind) }
    if (inner.kind !== "function") return inner
    const fixed = { ...inner, ...bound.get(inner.function) }
    const undo = inner.compensate === undefined ? undefined : bound.get(inner.compensate)
    if (!undo) return fixed
    return { ...fixed, compensate: undo.function, ...(undo.chain && { compensateChain: undo.chain }) }
  }
  return steps.map(bind)
}

/** What the functions that bound steps call are now, each once, sorted by name and version. */
export async function boundFunctions(
  organisation: string,
  steps: readonly PipelineStep[],
  resolve: ResolveFunction,
): Promise<readonly BoundFunction[]> {
  const references = new Set<string>()
  for (const { step } of walkSteps(steps)) for (const reference of functionsOf(step)) references.add(reference)
  const found: BoundFunction[] = []
  for (const reference of [...references].sort()) {
    const { chain: _, ...bound } = (await resolveOrNull(resolve, organisation, reference)) ?? {}
    if ("functionId" in bound) found.push(bound)
  }
  return found
}

/** What is found stays the same while a run is bound. */
function findOnce(find: FindPipeline, first: PipelineDefinition): FindPipeline {
  const found = new Map<string, PipelineDefinition | null>([[first.name, first]])
  return async (organisation, name) => {
    const known = found.get(name)
    if (known !== undefined) return known
    const definition = await find(organisation, name)
    found.set(name, definition)
    return definition
  }
}

function functionsOf(step: PipelineStep): readonly string[] {
  if (step.kind !== "function") return []
  const { chain = [], compensate, compensateChain = [] } = step
  return [step.function, ...chain, ...(compensate === undefined ? [] : [compensate]), ...compensateChain]
}
