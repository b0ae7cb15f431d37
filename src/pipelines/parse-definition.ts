import type { ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import { invalid, toErrorIssues } from "../model/invalid.ts"
import type { PipelineDefinition } from "../model/pipeline.ts"
import { wrongReferences } from "./check-references.ts"
import { nameSteps, type UnnamedStep } from "./name-steps.ts"
import { definitionSchema } from "./step-schema.ts"

/** How deep a definition may hold objects and lists in one another: deeper ones would not fit on the stack. */
const maxNesting = 500

/**
 * Reads a definition that came from outside; `FN_006` with the path of everything that is wrong.
 * A function step's `kind` and every `name` may be left out, as in `{ "name": "p", "steps": [{ "function": "a" }] }`.
 */
export function parsePipelineDefinition(value: unknown): PipelineDefinition {
  const definition = parseSteps(value)
  const issues = [...wrongReferences(definition.steps)]
  if (issues.length > 0) throw wrong(value, issues)
  return definition
}

/** Reads steps that may stand within others, and refer to what is around them. */
export function parseSteps(value: unknown): PipelineDefinition {
  if (nestsDeeper(value, maxNesting)) throw wrong(value, [{ path: "steps", message: "is nested too deep" }])
  const parsed = definitionSchema.safeParse(value)
  if (!parsed.success) throw wrong(value, toErrorIssues(parsed.error))
  const { name, steps, triggers } = parsed.data
  return { name, steps: nameSteps(name, steps as readonly UnnamedStep[]), ...(triggers && { triggers }) }
}

function nestsDeeper(value: unknown, limit: number): boolean {
  let level = new Set([value].filter(isObject))
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > limit) return true
    level = new Set([...level].flatMap((one) => Object.values(one).filter(isObject)))
  }
  return false
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

function wrong(value: unknown, issues: readonly ErrorIssue[]): FunctionsError {
  const given = typeof value === "object" && value !== null && "name" in value ? value.name : undefined
  const thing = typeof given === "string" ? `pipeline "${given.slice(0, 80)}"` : "the pipeline"
  return invalid(`define ${thing}`, issues)
}
