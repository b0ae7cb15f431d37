import { z } from "zod"
import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import { namePattern } from "../model/name.ts"
import type { PipelineDefinition, PipelineStep } from "../model/pipeline.ts"
import { appendStep, functionReferencePattern } from "./append-step.ts"

/** Steps that one pipeline may have. */
const maxPipelineSteps = 1_000

const nameError = { message: 'must begin with a letter and have at most 64 letters, digits, "_" and "-"' }
const name = z.string().regex(namePattern, nameError)

const functionStep = z.strictObject({
  kind: z.literal("function").default("function"),
  function: z
    .string()
    .regex(functionReferencePattern, { message: 'must be "name", "id", "name@version" or "name@alias"' }),
  name: name.optional(),
})

const definition = z.strictObject({
  name,
  steps: z
    .array(z.unknown())
    .min(1, { message: "must have at least one step" })
    .max(maxPipelineSteps, { message: `must have at most ${maxPipelineSteps} steps` })
    .pipe(z.array(z.discriminatedUnion("kind", [functionStep]))),
})

/**
 * Reads a definition that came from outside; `FN_006` with the path of everything that is wrong.
 * A step's `kind` and `name` may be left out, as in `{ "name": "p", "steps": [{ "function": "a" }] }`.
 */
export function parsePipelineDefinition(value: unknown): PipelineDefinition {
  const parsed = definition.safeParse(value)
  if (!parsed.success) throw invalid(value, parsed.error.issues.flatMap(toIssues))
  let steps: readonly PipelineStep[] = []
  for (const step of parsed.data.steps) steps = appendStep(steps, step.function, step.name)
  return { name: parsed.data.name, steps }
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
