import { z } from "@hono/zod-openapi"
import { namePattern } from "../../model/name.ts"
import type { PipelineDefinition, PipelineRecord } from "../../model/pipeline.ts"
import { maxTriggers } from "../../model/trigger-declaration.ts"
import { maxPipelineSteps } from "../../pipelines/step-schema.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { PipelineOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { hideSecrets } from "../hide-secrets.ts"
import { type Operations, operation, rawOperation } from "../operation.ts"
import { pageQuery } from "../queries.ts"
import { readJson } from "../read-body.ts"
import { pageOf, pipelineRunSchema, pipelineSchema } from "../schemas.ts"
import { runForCaller } from "../source-lines.ts"
import { readTraceParent, toAnswerParent } from "../trace-context.ts"

const tag = "Pipelines"

const name = z
  .string()
  .regex(namePattern, { message: 'must begin with a letter and have at most 64 letters, digits, "_" and "-"' })

const step = z
  .looseObject({
    kind: z
      .enum(["function", "parallel", "map", "branch", "wait", "event", "approval", "pipeline"])
      .optional()
      .openapi({ description: "Left out, it is `function`." }),
    name: name.optional().openapi({ description: "Unique within the pipeline; left out, it is the function's." }),
    function: z.string().optional().openapi({ description: "By name, id, name@version or name@alias." }),
  })
  .openapi("PipelineStep")

const steps = z.array(step).min(1).max(maxPipelineSteps)

const triggers = z
  .array(z.looseObject({ type: z.string() }))
  .max(maxTriggers)
  .optional()
  .openapi({ description: "What runs it by itself: all types of triggers but http." })

/** The service fills in what may be left out of a step, and says what is wrong with the whole. */
const definition = z
  .strictObject({ name, steps, triggers })
  .openapi("PipelineDefinition") as unknown as z.ZodType<PipelineDefinition>

const replacement = z.strictObject({ steps, triggers }).openapi("PipelineSteps") as unknown as z.ZodType<
  Omit<PipelineDefinition, "name">
>

const answers = { 200: { description: "The pipeline.", content: { "application/json": pipelineSchema } } }

/** Defining, running and following pipelines. */
export const pipelineOperations: Operations<PipelineOperation> = {
  listPipelines: operation({
    summary: "List pipelines, sorted by name",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(pipelineSchema) } } },
    async handle({ functions, query }) {
      const { items, next } = await functions.pipelines.list(toPageRequest(query))
      return jsonResponse({ items: items.map(toView), next })
    },
  }),
  definePipeline: operation({
    summary: "Add a pipeline, or replace the one of this name",
    tag,
    body: definition,
    answers: {
      201: {
        description: "The pipeline.",
        content: { "application/json": pipelineSchema },
        headers: { location: "The pipeline." },
      },
    },
    async handle({ functions, body, prefix }) {
      const pipeline = await functions.pipelines.define(body)
      return jsonResponse(toView(pipeline), 201, {
        location: `${prefix}/pipelines/${encodeURIComponent(pipeline.name)}`,
      })
    },
  }),
  getPipeline: operation({
    summary: "Get a pipeline",
    tag,
    answers,
    async handle({ functions, params }) {
      return jsonResponse(toView(await functions.pipelines.get(params.name ?? "")))
    },
  }),
  replacePipeline: operation({
    summary: "Add a pipeline under this name, or replace it",
    tag,
    body: replacement,
    answers,
    async handle({ functions, params, body }) {
      return jsonResponse(toView(await functions.pipelines.define({ ...body, name: params.name ?? "" })))
    },
  }),
  removePipeline: operation({
    summary: "Remove a pipeline",
    tag,
    answers: { 204: { description: "Removed." } },
    async handle({ functions, params }) {
      await functions.pipelines.remove(params.name ?? "")
      return emptyResponse()
    },
  }),
  runPipeline: rawOperation({
    summary: "Run a pipeline to its end; the body is the input, the answer the run, also where a step failed",
    tag,
    body: z.unknown(),
    bodyOptional: true,
    answers: {
      200: {
        description: "The run.",
        content: { "application/json": pipelineRunSchema },
        headers: { "inlay-pipeline-run-id": "The run's id." },
      },
    },
    async handle({ functions, identity, params, request, maxBodyBytes }) {
      const input = await readJson(request, maxBodyBytes)
      const options = { signal: request.signal, ...readTraceParent(request.headers) }
      const run = await functions.pipelines.run(params.name ?? "", input, options)
      return jsonResponse(runForCaller(run, identity), 200, {
        "inlay-pipeline-run-id": run.id,
        ...("traceId" in options && { traceparent: toAnswerParent(run) }),
      })
    },
  }),
  listPipelineRuns: operation({
    summary: "List the runs of a pipeline, newest first",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(pipelineRunSchema) } } },
    async handle({ functions, identity, params, query }) {
      const { items, next } = await functions.pipelines.listRuns(params.name ?? "", toPageRequest(query))
      return jsonResponse({ items: items.map((run) => runForCaller(run, identity)), next })
    },
  }),
  getPipelineRun: operation({
    summary: "Get a run of a pipeline",
    tag,
    answers: { 200: { description: "The run.", content: { "application/json": pipelineRunSchema } } },
    async handle({ functions, identity, params }) {
      return jsonResponse(runForCaller(await functions.pipelines.getRun(params.id ?? ""), identity))
    },
  }),
}

function toView(pipeline: PipelineRecord): PipelineRecord {
  return { ...pipeline, triggers: pipeline.triggers.map(hideSecrets) }
}
