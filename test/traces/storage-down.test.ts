import { expect, it, onTestFinished } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { SpanRecord } from "../../src/model/span.ts"
import { createTraces } from "../../src/traces/create-traces.ts"
import { newTraceId } from "../../src/util/id.ts"
import { recordOf } from "../metrics/records.ts"

/** Traces on a storage that can be taken away. */
async function open(settings = {}) {
  const storage = sqlite(":memory:")
  await storage.open()
  const told: { readonly message: string; readonly dropped?: number }[] = []
  const state = { isDown: false, loses: false, clock: 1_800_000_000_000 }
  const traces = createTraces({
    settings: { spansPerSecond: 1_000_000, ...settings },
    store: {
      ...storage.traces,
      async insert(spans: readonly SpanRecord[]) {
        if (state.isDown) throw new Error("the storage is down")
        await storage.traces.insert(spans)
        if (state.loses) throw new Error("the connection broke")
      },
    },
    now: () => state.clock,
    onError: (error, { dropped }) =>
      void told.push({ message: (error as Error).message, ...(dropped !== undefined && { dropped }) }),
  })
  onTestFinished(async () => {
    await traces.close()
    await storage.close()
  })
  const call = (traceId = newTraceId()) => {
    traces.addCall(recordOf({ organisation: "o", traceId, startedAt: state.clock }))
    return traceId
  }
  return { traces, state, told, call }
}

it("Spans wait while the storage is down, and are all there when it is back", async () => {
  const { traces, state, told, call } = await open()
  state.isDown = true
  const ids = Array.from({ length: 700 }, () => call())
  expect((await traces.list("o", {}, { limit: 1000 })).items).toEqual([])
  state.clock += 59_000
  await traces.list("o", {}, { limit: 1000 })
  expect(told).toEqual([{ message: "the storage is down" }])
  state.isDown = false
  const { items } = await traces.list("o", {}, { limit: 1000 })
  expect(items.map(({ traceId }) => traceId).sort()).toEqual(ids.toSorted())
})

it("Spans beyond ten thousand are dropped while it is down, and how many is told", async () => {
  const { traces, state, told, call } = await open()
  state.isDown = true
  for (let index = 0; index < 10_005; index++) call()
  await traces.list("o", {}, { limit: 1 })
  expect(told.map(({ dropped }) => dropped)).toEqual([5, undefined])
  state.isDown = false
  const { spans } = await traces.dependencies("o", { from: 0, to: state.clock + 1 })
  expect(spans).toBe(10_000)
})

it("A batch that the storage refuses for a minute is given up, told of, and holds up no other", async () => {
  const { traces, state, told, call } = await open()
  state.isDown = true
  call()
  await traces.list("o", {}, { limit: 1 })
  state.clock += 60_000
  await traces.list("o", {}, { limit: 1 })
  expect(told.map(({ dropped }) => dropped)).toEqual([undefined, 1])
  state.isDown = false
  const kept = call()
  expect((await traces.list("o", {}, { limit: 10 })).items.map(({ traceId }) => traceId)).toEqual([kept])
})

it("Spans that were stored without an answer count once", async () => {
  const { traces, state, call } = await open()
  state.loses = true
  const traceId = call()
  await traces.list("o", {}, { limit: 1 })
  call(traceId)
  state.loses = false
  expect((await traces.list("o", {}, { limit: 10 })).items).toMatchObject([{ traceId, spans: 2 }])
  expect((await traces.get("o", traceId)).spans).toBe(2)
})
