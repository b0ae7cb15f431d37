import { z } from "@hono/zod-openapi"
import { logEntrySchema } from "./log-schemas.ts"

/** Epoch milliseconds. */
const time = z.number().int()
const text = z.string()
const environment = z.record(z.string(), z.string())
export const errorCode: z.ZodString = z.string().regex(/^FN_\d{3}$/)
const configuration = z
  .unknown()
  .openapi({ type: "object", description: "As `function.config.json`, defaults filled in." })
const trigger = z.looseObject({ type: z.string() })

const frame = text
  .optional()
  .openapi({ description: "The line with those around it and a caret; for callers who may deploy." })
const guestError = { name: text, message: text, stack: text, frame }

/** What every refused or failed request is answered with. */
export const problemSchema: z.ZodType = z
  .object({
    type: text,
    title: text,
    status: z.number().int(),
    detail: text,
    code: errorCode.optional(),
    instance: text.optional(),
    invocationId: text.optional(),
    issues: z
      .array(
        z.object({
          path: text,
          message: text,
          line: z.number().int().optional(),
          column: z.number().int().optional(),
          frame,
          suggestion: text.optional(),
        }),
      )
      .optional(),
    error: z.object(guestError).optional(),
  })
  .openapi("Problem")

/** A function; its environment is left out for callers who may only read. */
export const functionSchema: z.ZodType = z
  .object({
    id: text,
    organisation: text,
    name: text,
    description: text.nullable(),
    activeVersion: z.number().int().nullable(),
    environment: environment.optional(),
    triggers: z.array(trigger),
    configuration: z.unknown().openapi({ type: ["object", "null"] }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("Function")

const logEntry = { time, level: z.enum(["debug", "info", "warn", "error"]), message: text }

const deployment = {
  functionId: text,
  name: text,
  version: z.number().int(),
  contentHash: text,
  createdAt: time,
  warnings: z.array(text),
  logs: z.array(z.object(logEntry)).openapi({ description: "What module code wrote when it was loaded on trial." }),
}

/** What roll back and promotion answer. */
export const deploymentSchema: z.ZodType = z.object(deployment).openapi("Deployment")

/** What a deploy answers over HTTP. */
export const deployedSchema: z.ZodType = z
  .object({ message: z.literal("Function deployed successfully"), function_id: text, ...deployment })
  .openapi("Deployed")

/** One version. */
export const versionSchema: z.ZodType = z
  .object({
    functionId: text,
    organisation: text,
    number: z.number().int(),
    contentHash: text,
    configuration,
    kind: z.enum(["http", "event"]),
    evaluatesPerCall: z.boolean(),
    bundleBytes: z.number().int(),
    createdAt: time,
  })
  .openapi("Version")

/** One entry of a function's history. */
export const activationSchema: z.ZodType = z
  .object({
    id: text,
    functionId: text,
    organisation: text,
    version: z.number().int(),
    reason: z.enum(["deploy", "rollback", "promote"]),
    actor: text,
    at: time,
  })
  .openapi("Activation")

/** A name for a version. */
export const aliasSchema: z.ZodType = z
  .object({ functionId: text, organisation: text, alias: text, version: z.number().int(), updatedAt: time })
  .openapi("Alias")

const layer = {
  organisation: text,
  name: text,
  version: z.number().int(),
  contentHash: text,
  exports: z.array(text),
  bundleBytes: z.number().int(),
  snapshotBytes: z.number().int().nullable().openapi({
    description: "What it adds to the snapshot of a version; null where its code runs for every call instead.",
  }),
  actor: text,
  createdAt: time,
}

/** A version of a layer. */
export const layerSchema: z.ZodType = z.object(layer).openapi("Layer")

/** What deploying a layer answers. */
export const layerDeploymentSchema: z.ZodType = z
  .object({ ...layer, warnings: z.array(text), logs: z.array(z.object(logEntry)) })
  .openapi("LayerDeployment")

/** A version of a layer with the versions of functions that use it. */
export const layerDetailsSchema: z.ZodType = z
  .object({
    ...layer,
    usedBy: z.array(z.object({ layer: z.number().int(), functionId: text, name: text, version: z.number().int() })),
  })
  .openapi("LayerDetails")

/** Names to text. */
export const environmentSchema: z.ZodType = environment.openapi("Environment")

/** One variable. */
export const variableSchema: z.ZodType = z.object({ key: text, value: text }).openapi("Variable")

const invocationError = z.object({ code: errorCode, ...guestError })

/** The record of one call. */
export const invocationSchema: z.ZodType = z
  .object({
    id: text,
    organisation: text,
    functionId: text,
    name: text,
    version: z.number().int(),
    status: z.enum(["succeeded", "failed"]),
    error: invocationError.optional(),
    logs: z.array(logEntrySchema),
    startedAt: time,
    endedAt: z.number(),
    durationMs: z.number(),
    cpuMs: z.number(),
    memoryBytes: z.number(),
    coldStart: z.boolean(),
    traceId: text,
  })
  .openapi("Invocation")

/** What is told of accepted work. */
export const queuedFields: Readonly<Record<string, z.ZodType>> = {
  id: text,
  organisation: text,
  name: text,
  status: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
  output: z.unknown().optional(),
  error: invocationError.optional(),
  attempts: z.array(z.looseObject({ number: z.number().int(), startedAt: time, endedAt: z.number() })),
  priority: z.number().int(),
  runAt: z.number(),
  deadlineAt: z.number().nullable(),
  maxAttempts: z.number().int(),
  traceId: text,
  originId: text.nullable(),
  replayedAs: text.nullable(),
  createdAt: time,
  updatedAt: time,
}

/** A call that was accepted to run later; with the fields of the invocation once a try has ended. */
export const queuedInvocationSchema: z.ZodType = z.looseObject(queuedFields).openapi("QueuedInvocation")

/** The record of a call, or a call that was enqueued. */
export const anyInvocationSchema: z.ZodType = z.union([invocationSchema, queuedInvocationSchema])

const distribution = z.object({ average: z.number(), p50: z.number(), p95: z.number(), p99: z.number() })

/** The measures of one function over a range. */
export const metricsSchema: z.ZodType = z
  .object({
    name: text,
    functionId: text,
    range: z.object({ from: time, to: time }),
    count: z.number().int(),
    errors: z.number().int(),
    errorRate: z.number(),
    durationMs: distribution,
    cpuMs: distribution,
    memoryBytes: distribution,
    coldStartRate: z.number(),
  })
  .openapi("Metrics")

const step = z.looseObject({ kind: z.string(), name: text, function: text.optional() })

/** A stored pipeline. */
export const pipelineSchema: z.ZodType = z
  .object({
    id: text,
    organisation: text,
    name: text,
    steps: z.array(step),
    triggers: z.array(trigger),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("Pipeline")

/** One execution of a pipeline. */
export const pipelineRunSchema: z.ZodType = z
  .object({
    id: text,
    pipeline: text,
    status: z.enum(["queued", "running", "waiting", "succeeded", "failed", "cancelled"]),
    output: z.unknown().optional(),
    error: invocationError.optional(),
    steps: z.array(
      z.looseObject({
        name: text,
        path: text,
        kind: text,
        status: z.string(),
        version: z.number().int().nullable(),
        invocationId: text.nullable(),
      }),
    ),
    startedAt: time,
    endedAt: z.number().nullable(),
    durationMs: z.number().nullable(),
    originId: text.nullable(),
    traceId: text,
  })
  .openapi("PipelineRun")

/** What reproduces a run. */
export const provenanceSchema: z.ZodType = z
  .object({
    run: pipelineRunSchema,
    input: z.unknown(),
    steps: z.array(z.looseObject({ kind: text, name: text })),
    surroundings: z
      .object({
        functions: z.array(
          z.object({
            functionId: text,
            name: text,
            version: z.number(),
            runtime: text,
            contentHash: text,
            environmentHash: text.optional().openapi({ description: "For callers who may read variables." }),
          }),
        ),
        service: z.object({ inlay: text, node: text }),
      })
      .nullable(),
  })
  .openapi("RunProvenance")

/** A list without pages. */
export function listOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item) })
}

/** One page of a list. */
export function pageOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), next: text.nullable().openapi({ description: "Goes into `cursor`." }) })
}
