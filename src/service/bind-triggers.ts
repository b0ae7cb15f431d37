import { toPageRequest } from "../util/page-request.ts"
import type { Functions } from "./functions.ts"
import type { Parts } from "./parts.ts"

/** The part of an organisation's face that looks after triggers. */
export function bindTriggers(
  { gate, lookup, durable }: Pick<Parts, "gate" | "lookup" | "durable">,
  organisation: string,
): Functions["triggers"] {
  const { triggers, pipelines, webhooks } = durable
  const { enter } = gate
  return {
    async list({ function: functionName, pipeline, type } = {}, page) {
      const id =
        functionName !== undefined
          ? (await lookup.find(organisation, functionName)).id
          : pipeline !== undefined && (await pipelines.get(organisation, pipeline)).id
      const kind = functionName !== undefined ? ("function" as const) : ("pipeline" as const)
      const filter = { ...(type !== undefined && { type }), ...(id !== false && { target: { kind, id } }) }
      await webhooks.flush()
      return triggers.list(organisation, filter, toPageRequest(page))
    },
    async get(id) {
      // What was refused so far is shown.
      await webhooks.flush()
      return triggers.get(organisation, id)
    },
    pause: (id) => enter(() => triggers.setStatus(organisation, id, "paused")),
    resume: (id) => enter(() => triggers.setStatus(organisation, id, "active")),
    fire: (id, options) => enter(() => triggers.test(organisation, id, options?.event)),
    firings: async (id, page) => triggers.firings(organisation, id, toPageRequest(page)),
    replay: (id, firingId) => enter(() => triggers.replay(organisation, id, firingId)),
  }
}
