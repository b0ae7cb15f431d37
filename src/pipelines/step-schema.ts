import { z } from "zod"
import { namePattern } from "../model/name.ts"
import { retrySchema } from "../model/retry.ts"
import { referencePattern } from "./scope.ts"

/** A function as a step names it: name, id, `name@version` or `name@alias`. */
export const functionReferencePattern: RegExp =
  /^(?:[A-Za-z][A-Za-z0-9_-]{0,63}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@(?:[1-9][0-9]{0,8}|[A-Za-z][A-Za-z0-9_-]{0,63}))?$/

/** Steps that one pipeline may have, those within steps too. */
export const maxPipelineSteps = 20_000

/** How deep steps may stand within steps. */
const maxDepth = 20

const nameSchema: z.ZodType<string> = z.string().regex(namePattern, {
  message: 'must begin with a letter and have at most 64 letters, digits, "_" and "-"',
})

const functionReference = z
  .string()
  .regex(functionReferencePattern, { message: 'must be "name", "id", "name@version" or "name@alias"' })

const reference = z.string().regex(referencePattern, {
  message: 'must be a reference such as "$.input.id", "$.previous" or "$.steps.name.total"',
})

/** Any JSON whose texts beginning with `$.` are references. */
const template = z.json().superRefine((value, context) => {
  for (const text of textsOf(value)) {
    if (!text.startsWith("$.") || referencePattern.test(text)) continue
    context.addIssue({ code: "custom", message: `has "${text.slice(0, 80)}", which is no reference` })
  }
})

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === "string") yield value
  else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) yield* textsOf(part)
}

/** At most a year, in seconds. */
const seconds = z.number().positive().max(31_622_400)

const condition: z.ZodType = z.lazy(() =>
  z.union([
    z.strictObject({
      value: reference,
      is: z.enum(["==", "!=", ">", ">=", "<", "<=", "in", "exists"]),
      to: template.optional(),
    }),
    z.strictObject({ all: z.array(condition).min(1).max(50) }),
    z.strictObject({ any: z.array(condition).min(1).max(50) }),
    z.strictObject({ not: condition }),
  ]),
)

const name = nameSchema.optional()

/** A step as somebody writes it, with steps within it down to `depth`: names and the kind `function` may be left out. */
function stepSchema(depth: number): z.ZodType {
  const inner =
    depth === 0 ? z.array(z.never({ message: "stands too deep" })) : z.array(z.lazy(() => schemas(depth - 1)))
  const some = inner.min(1, { message: "must have at least one step" })
  return z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("function").default("function"),
      name,
      function: functionReference,
      input: template.optional(),
      retry: retrySchema.optional(),
      timeout: seconds.optional(),
      catch: some.optional(),
      compensate: functionReference.optional(),
      cache: seconds.optional(),
    }),
    z.strictObject({
      kind: z.literal("parallel"),
      name,
      branches: z
        .record(nameSchema, some)
        .refine((branches) => Object.keys(branches).length > 0, { message: "must have at least one branch" })
        .refine((branches) => Object.keys(branches).length <= 100, { message: "must have at most 100 branches" }),
    }),
    z.strictObject({
      kind: z.literal("map"),
      name,
      items: reference.optional(),
      concurrency: z.number().int().min(1).max(1000).optional(),
      steps: some,
    }),
    z.strictObject({
      kind: z.literal("branch"),
      name,
      cases: z
        .array(z.strictObject({ when: condition, steps: some }))
        .min(1)
        .max(100),
      otherwise: some.optional(),
    }),
    z
      .strictObject({
        kind: z.literal("wait"),
        name,
        seconds: seconds.optional(),
        until: z
          .union([
            z.number(),
            reference,
            z.string().refine((text) => !Number.isNaN(Date.parse(text)), { message: "must be a date" }),
          ])
          .optional(),
      })
      .refine((step) => (step.seconds === undefined) !== (step.until === undefined), {
        message: 'must have either "seconds" or "until"',
      }),
    z.strictObject({
      kind: z.literal("event"),
      name,
      type: z.string().min(1).max(200),
      match: z.record(z.string().min(1).max(200), template).optional(),
      timeout: seconds.optional(),
    }),
    z.strictObject({ kind: z.literal("approval"), name, timeout: seconds.optional() }),
    z.strictObject({ kind: z.literal("pipeline"), name, pipeline: nameSchema, input: template.optional() }),
  ])
}

const known = new Map<number, z.ZodType>()

function schemas(depth: number): z.ZodType {
  const schema = known.get(depth) ?? stepSchema(depth)
  known.set(depth, schema)
  return schema
}

/** A pipeline as somebody writes it. */
export const definitionSchema: z.ZodType<{ readonly name: string; readonly steps: readonly unknown[] }> =
  z.strictObject({
    name: nameSchema,
    steps: z
      .array(z.unknown())
      .min(1, { message: "must have at least one step" })
      .max(maxPipelineSteps, { message: `must have at most ${maxPipelineSteps} steps` })
      .pipe(z.array(schemas(maxDepth))),
  })
