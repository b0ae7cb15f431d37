import { expect, it } from "vitest"
import type { CloudEvent, NewEvent } from "../../src/model/event.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { createEventsOf } from "../../src/triggers/data/events-of.ts"
import { compileFilter } from "../../src/triggers/events/filter.ts"

it("a filter on data events sees the event that is delivered, its id and time too", async () => {
  const matches = compileFilter("LENGTH(id) > 0 AND id <> 'other' AND time LIKE '2030-%'", "filter")
  const asked: CloudEvent[] = []
  const made: [string, NewEvent, string, number][] = []
  const eventsOf = createEventsOf({
    isMeant: async (_, event) => {
      asked.push(event)
      return matches(event)
    },
    toJob: (...making) => {
      made.push(making)
      return sampleJob(making[0], { id: making[2], kind: "event" })
    },
    now: () => Date.UTC(2030, 0, 1),
    newId: () => "the id",
  })
  const change = { kind: "document", operation: "create", collection: "c", id: "1", document: {} } as const
  const jobs = await eventsOf({ organisation: "o", traceId: "t", spanId: "s", depth: 2 }, change)
  expect(asked).toMatchObject([{ id: "the id", time: "2030-01-01T00:00:00.000Z", subject: "c/1" }])
  expect(made).toMatchObject([["o", { subject: "c/1" }, "the id", Date.UTC(2030, 0, 1)]])
  expect(jobs).toMatchObject([{ id: "the id", traceId: "t", askedBy: { spanId: "s" }, depth: 3 }])
})
