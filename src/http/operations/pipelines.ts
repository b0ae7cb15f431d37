import { z } from "@hono/zod-openapi"
import type { PipelineDefinition } from "../../model/pipeline.ts"
import type { PipelineOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { type Operations, operation, rawOperation } from "../operation.ts"
import { pageQuery, toPageRequest } from "../queries.ts"
import { readJson } from "../read-body.ts"
import { pageOf, pipelineRunSchema, pipelineSchema } from "../schemas.ts"
import { toTraceId, toTraceparent } from "../trace-context.ts"
import { invalid } from "../upload.ts"

const tag = "Pipelines"

interface Definition {
  readonly name?: string | undefined
  readonly steps: readonly {
    readonly kind?: "function" | undefined
    readonly name?: string | undefined
    readonly function: string
  }[]
}

const steps = z.array(
  z.strictObject({
    kind: z.literal("function").optional(),
    name: z.string().optional().openapi({ description: "Unique within the pipeline; left out, it is the function's." }),
    function: z.string().openapi({ description: "By name, id, name@version or name@alias." }),
  }),
)

const definition: z.ZodType<Definition> = z
  .strictObject({ name: z.string().optional().openapi({ description: "Needed where the path names none." }), steps })
  .openapi("PipelineDefinition")

const answers = { 200: { description: "The pipeline.", content: { "application/json": pipelineSchema } } }

function toDefinition({ steps }: Definition, name: string): PipelineDefinition {
  return {
    name,
    steps: steps.map((step) => ({
      kind: "function",
      name: step.name ?? step.function.replace(/@.*$/, ""),
      function: step.function,
    })),
  }
}

/** Defining, running and following pipelines. */
export const pipelineOperations: Operations<PipelineOperation> = {
  listPipelines: operation({
    summary: "List pipelines, sorted by name",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(pipelineSchema) } } },
    async handle({ functions, query }) {
      return jsonResponse(await functions.pipelines.list(toPageRequest(query)))
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
      if (body.name === undefined) throw invalid("name", "Cannot define the pipeline: it has no name.")
      const pipeline = await functions.pipelines.define(toDefinition(body, body.name))
      return jsonResponse(pipeline, 201, { location: `${prefix}/pipelines/${encodeURIComponent(pipeline.name)}` })
    },
  }),
  getPipeline: operation({
    summary: "Get a pipeline",
    tag,
    answers,
    async handle({ functions, params }) {
      return jsonResponse(await functions.pipelines.get(params.name ?? ""))
    },
  }),
  replacePipeline: operation({
    summary: "Add a pipeline under this name, or replace it",
    tag,
    body: definition,
    answers,
    async handle({ functions, params, body }) {
      const { name = "" } = params
      if (body.name !== undefined && body.name !== name) {
        throw invalid(
          "name",
          `Cannot define "${body.name.slice(0, 80)}" at "${name.slice(0, 80)}": leave the name out.`,
        )
      }
      return jsonResponse(await functions.pipelines.define(toDefinition(body, name)))
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
    async handle({ functions, params, request, maxBodyBytes }) {
      const input = await readJson(request, maxBodyBytes)
      const traceId = toTraceId(request.headers.get("traceparent"))
      const options = { signal: request.signal, ...(traceId === undefined ? {} : { traceId }) }
      const run = await functions.pipelines.run(params.name ?? "", input, options)
      return jsonResponse(run, 200, {
        "inlay-pipeline-run-id": run.id,
        ...(traceId === undefined ? {} : { traceparent: toTraceparent(traceId, run.id) }),
      })
    },
  }),
  listPipelineRuns: operation({
    summary: "List the runs of a pipeline, newest first",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(pipelineRunSchema) } } },
    async handle({ functions, params, query }) {
      return jsonResponse(await functions.pipelines.listRuns(params.name ?? "", toPageRequest(query)))
    },
  }),
  getPipelineRun: operation({
    summary: "Get a run of a pipeline",
    tag,
    answers: { 200: { description: "The run.", content: { "application/json": pipelineRunSchema } } },
    async handle({ functions, params }) {
      return jsonResponse(await functions.pipelines.getRun(params.id ?? ""))
    },
  }),
}
