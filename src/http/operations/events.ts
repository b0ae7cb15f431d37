import { z } from "@hono/zod-openapi"
import type { NewEvent } from "../../model/event.ts"
import { modeOf } from "../../triggers/events/content-type.ts"
import { readCloudEvents } from "../../triggers/events/http-binding.ts"
import { latestTime } from "../../util/latest-time.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { EventOperation } from "../access-table.ts"
import { jsonResponse } from "../answers.ts"
import { cloudEventSchema, newEventSchema, publishedEventSchema, publishedSchema } from "../event-schemas.ts"
import { HttpError } from "../http-error.ts"
import { type Call, type Operations, operation, rawOperation } from "../operation.ts"
import { type PageQuery, pageFields, wholeNumber } from "../queries.ts"
import { readBytes, readJson, refuseEncoding } from "../read-body.ts"
import { pageOf } from "../schemas.ts"
import { readTraceParent } from "../trace-context.ts"

const tag = "Events"
const maxEvents = 1000

interface EventQuery extends PageQuery {
  readonly type?: string | undefined
  readonly status?: "delivered" | "failed" | "cancelled" | "running" | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const eventQuery: z.ZodType<EventQuery> = z.object({
  ...pageFields,
  type: z.string().max(4000).optional(),
  status: z.enum(["delivered", "failed", "cancelled", "running"]).optional(),
  from: wholeNumber(0, latestTime, "Published from then on: epoch milliseconds."),
  to: wholeNumber(0, latestTime, "Published before: epoch milliseconds."),
})

/** What happened, told to whoever wants to hear of it. */
export const eventOperations: Operations<EventOperation> = {
  publishEvents: rawOperation({
    summary:
      "Publish CloudEvents: structured, batched, or binary with `ce-` headers; or plain JSON, whose gaps are filled",
    tag,
    body: z.union([newEventSchema, z.array(newEventSchema)]),
    otherBodies: {
      "application/cloudevents+json": cloudEventSchema,
      "application/cloudevents-batch+json": z.array(cloudEventSchema),
      "*/*": "bytes",
    },
    answers: {
      202: {
        description: "They will be delivered, and can be followed.",
        content: { "application/json": publishedSchema },
        headers: { location: "The event's record, where it is one." },
      },
    },
    async handle(call) {
      const { functions, prefix, request } = call
      const events = await readEvents(call)
      if (events.length > maxEvents) throw new HttpError(413, `Cannot publish more than ${maxEvents} events at once.`)
      const { maxBytes } = functions.events
      const isLarge = (event: NewEvent) => Buffer.byteLength(JSON.stringify(event)) > maxBytes
      if (events.some(isLarge))
        throw new HttpError(413, `Cannot publish an event of more than ${maxBytes} bytes of JSON.`)
      const published = await functions.events.publishAll(events, readTraceParent(request.headers))
      const items = published.map(({ id, duplicate, event }) => {
        const { id: eventId, source, type } = event
        return { id, duplicate, event: { id: eventId, source, type } }
      })
      const ids = items.map(({ id }) => id)
      const location = ids.length === 1 ? { location: `${prefix}/events/${ids[0]}` } : {}
      return jsonResponse({ ids, items }, 202, location)
    },
  }),
  listEvents: operation({
    summary: "List published events, newest first",
    tag,
    query: eventQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(publishedEventSchema) } } },
    async handle({ functions, query }) {
      const { type, status, from, to } = query
      const filter = {
        ...(type !== undefined && { type }),
        ...(status !== undefined && { status }),
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      }
      return jsonResponse(await functions.events.list(filter, toPageRequest(query)))
    },
  }),
  getEvent: operation({
    summary: "Get a published event with what its delivery came to",
    tag,
    answers: { 200: { description: "The event.", content: { "application/json": publishedEventSchema } } },
    async handle({ functions, params }) {
      return jsonResponse(await functions.events.get(params.id ?? ""))
    },
  }),
}

/** Plain JSON without any attribute in the headers is what `publish` takes. */
async function readEvents({ request, maxBodyBytes }: Call): Promise<readonly NewEvent[]> {
  const { headers } = request
  const type = headers.get("content-type")
  const mode = modeOf(type)
  if (mode === "foreign") throw new HttpError(415, `Cannot read events of type "${type?.slice(0, 100)}": JSON is read.`)
  const isPlain = mode === "binary" && /^application\/json\b/i.test(type ?? "") && !hasAttributes(headers)
  if (isPlain) {
    const value = await readJson(request, maxBodyBytes)
    return Array.isArray(value) ? value : [value as NewEvent]
  }
  refuseEncoding(request)
  return readCloudEvents({ headers, body: await readBytes(request, maxBodyBytes) })
}

function hasAttributes(headers: Headers): boolean {
  return [...headers.keys()].some((name) => name.startsWith("ce-"))
}
