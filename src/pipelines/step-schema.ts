import { z } from "zod"
import { functionReferenceSchema as functionReference, namePattern } from "../model/name.ts"
import type { PipelineDefinition } from "../model/pipeline.ts"
import { retrySchema } from "../model/retry.ts"
import { busTriggerSchema, maxTriggers } from "../model/trigger-declaration.ts"
import { toTriggerSpelling } from "../model/trigger-spelling.ts"
import { readIsoTime } from "../util/iso-time.ts"
import { referencePattern } from "./scope.ts"

/** Steps that one pipeline may have, those within steps too. */
export const maxPipelineSteps = 20_000

/** How deep steps may stand within steps. */
const maxDepth = 20

const nameSchema: z.ZodType<string> = z.string().regex(namePattern, {
  message: 'must begin with a letter and have at most 64 letters, digits, "_" and "-"',
})

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

/** Steps that one step can wait for. */
const maxAfter = 100

/** A step as somebody writes it, with steps within it down to `depth`: names and the kind `function` may be left out. */
function stepSchema(depth: number): z.ZodType {
  const inner =
    depth === 0 ? z.array(z.never({ message: "stands too deep" })) : z.array(z.lazy(() => schemas(depth - 1)))
  const some = inner.min(1, { message: "must have at least one step" })
  const common = {
    name: nameSchema.optional(),
    after: z.array(nameSchema).max(maxAfter).optional(),
    catch: some.optional(),
  }
  return z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("function").default("function"),
      ...common,
      function: functionReference,
      input: template.optional(),
      retry: retrySchema.optional(),
      timeout: seconds.optional(),
      compensate: functionReference.optional(),
      cache: seconds.optional(),
    }),
    z.strictObject({
      kind: z.literal("parallel"),
      ...common,
      branches: z
        .record(nameSchema, some)
        .refine((branches) => Object.keys(branches).length > 0, { message: "must have at least one branch" })
        .refine((branches) => Object.keys(branches).length <= 100, { message: "must have at most 100 branches" })
        // Its place in the journal is that of the steps that catch.
        .refine((branches) => !Object.hasOwn(branches, "catch"), { message: 'must have no branch named "catch"' }),
    }),
    z.strictObject({
      kind: z.literal("map"),
      ...common,
      items: reference.optional(),
      concurrency: z.number().int().min(1).max(1000).optional(),
      steps: some,
    }),
    z.strictObject({
      kind: z.literal("branch"),
      ...common,
      cases: z
        .array(z.strictObject({ when: condition, steps: some }))
        .min(1)
        .max(100),
      otherwise: some.optional(),
    }),
    z
      .strictObject({
        kind: z.literal("wait"),
        ...common,
        seconds: seconds.optional(),
        until: z
          .union([z.number(), reference, z.string().refine((text) => readIsoTime(text) !== undefined)], {
            error: 'must be a date of ISO 8601, epoch milliseconds, or a reference such as "$.input.startsAt"',
          })
          .optional(),
      })
      .refine((step) => (step.seconds === undefined) !== (step.until === undefined), {
        message: 'must have either "seconds" or "until"',
      }),
    z.strictObject({
      kind: z.literal("event"),
      ...common,
      type: z.string().min(1).max(200),
      match: z.record(z.string().min(1).max(200), template).optional(),
      filter: z.union([z.string().max(4096), z.record(z.string(), template), z.array(template).max(100)]).optional(),
      timeout: seconds.optional(),
    }),
    z.strictObject({ kind: z.literal("approval"), ...common, timeout: seconds.optional() }),
    z.strictObject({ kind: z.literal("pipeline"), ...common, pipeline: nameSchema, input: template.optional() }),
  ])
}

const known = new Map<number, z.ZodType>()

function schemas(depth: number): z.ZodType {
  const schema = known.get(depth) ?? stepSchema(depth)
  known.set(depth, schema)
  return schema
}

/** A pipeline as somebody writes it. */
export const definitionSchema: z.ZodType<
  Pick<PipelineDefinition, "name" | "triggers"> & { readonly steps: readonly unknown[] }
> = z.strictObject({
  name: nameSchema,
  steps: z
    .array(z.unknown())
    .min(1, { message: "must have at least one step" })
    .max(maxPipelineSteps, { message: `must have at most ${maxPipelineSteps} steps` })
    .pipe(z.array(schemas(maxDepth))),
  triggers: z.array(z.preprocess(toTriggerSpelling, busTriggerSchema)).max(maxTriggers).exactOptional(),
})
