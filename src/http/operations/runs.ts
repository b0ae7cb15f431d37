import { z } from "@hono/zod-openapi"
import type { RerunOptions } from "../../pipelines/create-pipelines.ts"
import type { Approval } from "../../pipelines/outside.ts"
import type { RunOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { type Operations, operation, rawOperation } from "../operation.ts"
import { readJson } from "../read-body.ts"
import { pipelineRunSchema, provenanceSchema } from "../schemas.ts"
import { runForCaller } from "../source-lines.ts"
import { toTraceId } from "../trace-context.ts"

const tag = "Pipelines"

const accepted = {
  202: {
    description: "It was accepted, and can be followed.",
    content: { "application/json": pipelineRunSchema },
    headers: { location: "The run." },
  },
} as const

const rerun = z
  .strictObject({
    from: z.string().max(64).optional().openapi({ description: "One of the pipeline's own steps." }),
    input: z.unknown().optional().openapi({ description: "What that step is given." }),
  })
  .openapi("Rerun") as unknown as z.ZodType<RerunOptions>

const approval = z
  .strictObject({ approved: z.boolean(), comment: z.string().max(2000).optional() })
  .openapi("Approval") as unknown as z.ZodType<Approval>

/** Runs that go on by themselves. */
export const runOperations: Operations<RunOperation> = {
  startPipeline: rawOperation({
    summary: "Accept a run of a pipeline; the body is its input",
    tag,
    body: z.unknown(),
    bodyOptional: true,
    answers: accepted,
    async handle({ functions, params, request, maxBodyBytes, prefix }) {
      const input = await readJson(request, maxBodyBytes)
      const traceId = toTraceId(request.headers.get("traceparent"))
      const run = await functions.pipelines.start(params.name ?? "", input, traceId === undefined ? {} : { traceId })
      return jsonResponse(run, 202, { location: `${prefix}/pipeline-runs/${run.id}` })
    },
  }),
  cancelPipelineRun: operation({
    summary: "End a run; what it does just now is stopped, and nothing is undone",
    tag,
    answers: { 200: { description: "The run.", content: { "application/json": pipelineRunSchema } } },
    async handle({ functions, identity, params }) {
      return jsonResponse(runForCaller(await functions.pipelines.cancel(params.id ?? ""), identity))
    },
  }),
  rerunPipeline: operation({
    summary: "Run the same steps and versions again, from one of the steps on",
    tag,
    body: rerun,
    bodyOptional: true,
    answers: accepted,
    async handle({ functions, params, body, prefix }) {
      const run = await functions.pipelines.rerun(params.id ?? "", body)
      return jsonResponse(run, 202, { location: `${prefix}/pipeline-runs/${run.id}` })
    },
  }),
  approveStep: operation({
    summary: "Approve or refuse a step that waits for it",
    tag,
    body: approval,
    answers: { 204: { description: "The run goes on." } },
    async handle({ functions, identity, params, body }) {
      const by = identity === null ? {} : { by: identity.actor }
      await functions.pipelines.approve(params.id ?? "", params.step ?? "", { ...body, ...by })
      return emptyResponse()
    },
  }),
  getPipelineRunProvenance: operation({
    summary: "What reproduces a run: its input, and its steps with the versions that they were bound to",
    tag,
    answers: { 200: { description: "The provenance.", content: { "application/json": provenanceSchema } } },
    async handle({ functions, identity, params }) {
      const { run, ...rest } = await functions.pipelines.provenance(params.id ?? "")
      return jsonResponse({ run: runForCaller(run, identity), ...rest })
    },
  }),
}
