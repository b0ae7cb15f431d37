import { z } from "@hono/zod-openapi"
import type { TriggerRecord } from "../../model/trigger.ts"
import { triggerTypes } from "../../model/trigger-declaration.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { TriggerOperation } from "../access-table.ts"
import { jsonResponse } from "../answers.ts"
import { hideSecrets } from "../hide-secrets.ts"
import { type Operations, operation } from "../operation.ts"
import { type PageQuery, pageFields, pageQuery } from "../queries.ts"
import { pageOf } from "../schemas.ts"
import { firingSchema, triggerSchema } from "../trigger-schemas.ts"

const tag = "Triggers"

interface TriggerQuery extends PageQuery {
  readonly type?: TriggerRecord["type"] | undefined
  readonly function?: string | undefined
  readonly pipeline?: string | undefined
}

const target = (kind: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: `must be a ${kind}'s name` })
    .optional()
    .openapi({ description: `Those of this ${kind} alone.` })

const triggerQuery: z.ZodType<TriggerQuery> = z.object({
  ...pageFields,
  type: z.enum(triggerTypes).optional(),
  function: target("function"),
  pipeline: target("pipeline"),
})

const one = { 200: { description: "The trigger.", content: { "application/json": triggerSchema } } }
const fired = { 200: { description: "What became of it.", content: { "application/json": firingSchema } } }

/** What calls functions and runs pipelines by itself, and what it did. */
export const triggerOperations: Operations<TriggerOperation> = {
  listTriggers: operation({
    summary: "List triggers in the order in which they were declared; routes are none of them",
    tag,
    query: triggerQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(triggerSchema) } } },
    async handle({ functions, query }) {
      const { type, function: functionName, pipeline } = query
      const filter = {
        ...(type !== undefined && { type }),
        ...(functionName !== undefined && { function: functionName }),
        ...(pipeline !== undefined && { pipeline }),
      }
      const { items, next } = await functions.triggers.list(filter, toPageRequest(query))
      return jsonResponse({ items: items.map(withoutSecret), next })
    },
  }),
  getTrigger: operation({
    summary: "Get a trigger",
    tag,
    answers: one,
    async handle({ functions, params }) {
      return jsonResponse(withoutSecret(await functions.triggers.get(params.id ?? "")))
    },
  }),
  pauseTrigger: operation({
    summary: "Have a trigger fire no more, until it is resumed",
    tag,
    answers: one,
    async handle({ functions, params }) {
      return jsonResponse(withoutSecret(await functions.triggers.pause(params.id ?? "")))
    },
  }),
  resumeTrigger: operation({
    summary: "Have a trigger fire again from now on",
    tag,
    answers: one,
    async handle({ functions, params }) {
      return jsonResponse(withoutSecret(await functions.triggers.resume(params.id ?? "")))
    },
  }),
  fireTrigger: operation({
    summary: "Fire a trigger on trial, also where it is paused; a schedule makes its own event where none is given",
    tag,
    body: z.strictObject({ event: z.unknown().optional() }).openapi("TestFire"),
    bodyOptional: true,
    answers: fired,
    async handle({ functions, params, body }) {
      return jsonResponse(await functions.triggers.fire(params.id ?? "", body))
    },
  }),
  listFirings: operation({
    summary: "List what a trigger fired, newest first; of a removed one too",
    tag,
    query: pageQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(firingSchema) } } },
    async handle({ functions, params, query }) {
      return jsonResponse(await functions.triggers.firings(params.id ?? "", toPageRequest(query)))
    },
  }),
  replayFiring: operation({
    summary: "Fire again with the event of a firing, also where the trigger is paused",
    tag,
    answers: fired,
    async handle({ functions, params }) {
      return jsonResponse(await functions.triggers.replay(params.id ?? "", params.firingId ?? ""))
    },
  }),
}

/** What proves where a request comes from is shown to nobody; its name is. */
function withoutSecret(trigger: TriggerRecord): TriggerRecord {
  return { ...trigger, configuration: hideSecrets(trigger.configuration) }
}
