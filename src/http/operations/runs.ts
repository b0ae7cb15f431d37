import { z } from "@hono/zod-openapi"
import type { Approval } from "../../pipelines/outside.ts"
import type { CancelOptions, RerunOptions } from "../../pipelines/run-options.ts"
import type { RunOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse, textResponse } from "../answers.ts"
import { type Operations, operation, rawOperation, readQuery } from "../operation.ts"
import { startQuery } from "../queue-queries.ts"
import { readJson } from "../read-body.ts"
import { pipelineRunSchema, provenanceSchema } from "../schemas.ts"
import { provenanceForCaller, runForCaller } from "../source-lines.ts"
import { readTraceParent } from "../trace-context.ts"

const tag = "Pipelines"
const mermaid = "text/vnd.mermaid"

const accepted = {
  202: {
    description: "It was accepted, and can be followed.",
    content: { "application/json": pipelineRunSchema },
    headers: { location: "The run." },
  },
} as const

const cancel = z
  .strictObject({
    undo: z.boolean().optional().openapi({ description: "Whether what it has done is undone. Left out, it is not." }),
  })
  .openapi("Cancel") as unknown as z.ZodType<CancelOptions>

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
    summary: "Accept a run of a pipeline; the body is its input, `Idempotency-Key` makes it the same run as before",
    tag,
    query: startQuery,
    body: z.unknown(),
    bodyOptional: true,
    answers: accepted,
    async handle({ functions, identity, params, request, maxBodyBytes, prefix }) {
      const input = await readJson(request, maxBodyBytes)
      const key = request.headers.get("idempotency-key")
      const run = await functions.pipelines.start(params.name ?? "", input, {
        ...readQuery(request, startQuery),
        ...readTraceParent(request.headers),
        ...(key !== null && { idempotencyKey: key }),
      })
      return jsonResponse(runForCaller(run, identity), 202, { location: `${prefix}/pipeline-runs/${run.id}` })
    },
  }),
  cancelPipelineRun: operation({
    summary: "End a run; what it does just now is stopped",
    tag,
    body: cancel,
    bodyOptional: true,
    answers: { 200: { description: "The run.", content: { "application/json": pipelineRunSchema } } },
    async handle({ functions, identity, params, body }) {
      return jsonResponse(runForCaller(await functions.pipelines.cancel(params.id ?? "", body), identity))
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
    summary: "What reproduces a run: its input, its steps with their versions, and what it was accepted with",
    tag,
    answers: { 200: { description: "The provenance.", content: { "application/json": provenanceSchema } } },
    async handle({ functions, identity, params }) {
      return jsonResponse(provenanceForCaller(await functions.pipelines.provenance(params.id ?? ""), identity))
    },
  }),
  getPipelineGraph: operation({
    summary: "A pipeline as a Mermaid flowchart",
    tag,
    answers: { 200: { description: "The flowchart.", content: { [mermaid]: z.string() } } },
    async handle({ functions, params }) {
      return textResponse(await functions.pipelines.toMermaid(params.name ?? ""), mermaid)
    },
  }),
  getPipelineRunGraph: operation({
    summary: "The steps of a run as a Mermaid flowchart, coloured by what became of them",
    tag,
    answers: { 200: { description: "The flowchart.", content: { [mermaid]: z.string() } } },
    async handle({ functions, params }) {
      return textResponse(await functions.pipelines.runToMermaid(params.id ?? ""), mermaid)
    },
  }),
}
