import type { NewEvent } from "../model/event.ts"
import type { Published } from "../model/published-event.ts"
import type { PublishOptions } from "../triggers/events/create-events.ts"
import { toPageRequest } from "../util/page-request.ts"
import { checkGiven } from "./check-given.ts"
import type { Functions } from "./functions.ts"
import type { Parts } from "./parts.ts"

/** The part of an organisation's face that publishes events and follows them. */
export function bindEvents(
  { gate, durable: { events } }: Pick<Parts, "gate" | "durable">,
  organisation: string,
): Pick<Functions, "publish" | "events"> {
  const publishAll = (given: readonly NewEvent[], options?: PublishOptions) =>
    gate.enter(async () => {
      checkGiven("publish", options, "publish")
      return events.publish(organisation, given, options)
    })
  return {
    async publish(event, options) {
      const [published] = await publishAll([event], options)
      return published as Published
    },
    events: {
      publishAll,
      get: (id) => events.get(organisation, id),
      list: (filter = {}, page) => events.list(organisation, filter, toPageRequest(page)),
      maxBytes: events.maxBytes,
    },
  }
}
