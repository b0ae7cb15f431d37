import type { z } from "zod"
import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import type { PipelineDefinition } from "../model/pipeline.ts"
import { nameSteps, type UnnamedStep } from "./name-steps.ts"
import { definitionSchema } from "./step-schema.ts"

/**
 * Reads a definition that came from outside; `FN_006` with the path of everything that is wrong.
 * A function step's `kind` and every `name` may be left out, as in `{ "name": "p", "steps": [{ "function": "a" }] }`.
 */
export function parsePipelineDefinition(value: unknown): PipelineDefinition {
  const parsed = definitionSchema.safeParse(value)
  if (!parsed.success) throw invalid(value, parsed.error.issues.flatMap(toIssues))
  const { name, steps } = parsed.data
  return { name, steps: nameSteps(name, steps as readonly UnnamedStep[]) }
}

function invalid(value: unknown, issues: readonly ErrorIssue[]): FunctionsError {
  const given = typeof value === "object" && value !== null && "name" in value ? value.name : undefined
  const thing = typeof given === "string" ? `pipeline "${given.slice(0, 80)}"` : "the pipeline"
  const told = issues.slice(0, 3).map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
  const more = issues.length > told.length ? `; and ${issues.length - told.length} more` : ""
  return new FunctionsError("FN_006", `Cannot define ${thing}: ${told.join("; ")}${more}.`, { issues })
}

function toIssues(issue: z.core.$ZodIssue): readonly ErrorIssue[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key].join("."), message: "is not known here" }))
  }
  return [{ path: issue.path.join("."), message: issue.message }]
}
