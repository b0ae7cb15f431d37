import { deepEqual, equal } from "node:assert/strict"
import type { SpanRecord } from "../../model/span.ts"
import { newTraceId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleSpan } from "./observed-samples.ts"
import { awkwardText, sampleTime as now } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Spans, and the summaries of their traces. */
export function describeTraces({ it }: ContractRunner, subject: StorageSubject): void {
  const span = (changes?: Partial<SpanRecord>) => sampleSpan(subject.organisation, changes)

  it("gives a span back as it was added, whatever its name is", async () => {
    const { storage, organisation } = subject
    const given = span({
      name: awkwardText,
      startedAt: now + 0.25,
      attributes: { error: awkwardText, coldStart: true },
    })
    await storage.traces.insert([given])
    const { organisation: _, weight, ...own } = given
    const shown = own.name.replace("\0", "\uFFFD").replace("\ud800", "\uFFFD")
    deepEqual(await storage.traces.find(organisation, given.traceId, 10), [{ ...own, name: shown }])
    deepEqual(await storage.traces.find(organisation, newTraceId(), 10), [])
    await storage.traces.insert([])
    equal(weight, 1)
  })

  it("finds the spans of a trace that began first", async () => {
    const { storage, organisation } = subject
    const last = span({ startedAt: now + 7 })
    const others = [3, 9, 1, 5].map((ms) => span({ traceId: last.traceId, startedAt: now + ms }))
    await storage.traces.insert([last, ...others])
    const found = await storage.traces.find(organisation, last.traceId, 3)
    deepEqual(found.map(({ startedAt }) => startedAt - now).toSorted(), [1, 3, 5])
    equal((await storage.traces.find(organisation, last.traceId, 9)).length, 5)
  })

  it("sums a trace up whatever the order is in which its spans come, and counts each once", async () => {
    const { storage, organisation } = subject
    const root = span({ name: "root", kind: "pipeline", durationMs: 100 })
    const { traceId, spanId: parentSpanId } = root
    const first = span({ traceId, parentSpanId, name: "first", durationMs: 20 })
    const last = span({ traceId, parentSpanId, startedAt: now + 90, durationMs: 40, status: "error" })
    await storage.traces.insert([last])
    await storage.traces.insert([first, last, first])
    await storage.traces.insert([root])
    await storage.traces.insert([root, first])
    deepEqual((await storage.traces.list(organisation, {}, { limit: 10 })).items, [
      { traceId, kind: "pipeline", name: "root", status: "error", spans: 3, startedAt: now, durationMs: 130 },
    ])
  })

  it("lists traces by what they are, page by page, newest first", async () => {
    const { storage, organisation } = subject
    const spans = [0, 1, 1, 2].map((ms, index) =>
      span({ startedAt: now + ms, durationMs: index, function: `f${index}`, status: index === 1 ? "error" : "ok" }),
    )
    await storage.traces.insert(spans)
    const ids = async (filter: Parameters<typeof storage.traces.list>[1]) =>
      (await storage.traces.list(organisation, filter, { limit: 10 })).items.map(({ traceId }) => traceId)
    const sorted = spans.toSorted(
      (one, other) => other.startedAt - one.startedAt || (one.traceId < other.traceId ? 1 : -1),
    )
    const all = sorted.map(({ traceId }) => traceId)
    deepEqual(await ids({}), all)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const request = { limit: 1, ...(cursor !== undefined && { cursor }) }
      const { items, next } = await storage.traces.list(organisation, {}, request)
      paged.push(...items.map(({ traceId }) => traceId))
      cursor = next ?? undefined
    } while (cursor !== undefined)
    deepEqual(paged, all)
    deepEqual(await ids({ status: "error" }), [spans[1]?.traceId])
    deepEqual(await ids({ minDurationMs: 3 }), [spans[3]?.traceId])
    deepEqual(await ids({ function: "f0" }), [spans[0]?.traceId])
    deepEqual(await ids({ range: { from: now + 2, to: now + 3 } }), [spans[3]?.traceId])
    deepEqual((await storage.traces.list(`${organisation}-other`, {}, { limit: 1 })).items, [])
  })

  it("reads spans of a range, and those of traces with a call of a function", async () => {
    const { storage, organisation } = subject
    const call = span({ name: "a", function: "a", weight: 2 })
    const inner = span({ traceId: call.traceId, parentSpanId: call.spanId, kind: "fetch", startedAt: now + 1 })
    const other = span({ startedAt: now + 2 })
    await storage.traces.insert([call, inner, other])
    const range = { from: now, to: now + 3 }
    const first = await storage.traces.read(organisation, { range }, { limit: 2 })
    deepEqual(
      first.items.map(({ spanId }) => spanId),
      [other.spanId, inner.spanId],
    )
    const rest = await storage.traces.read(organisation, { range }, { limit: 2, cursor: first.next ?? "" })
    const { organisation: _, attributes: __, ...read } = call
    deepEqual([rest.items, rest.next], [[read], null])
    const own = await storage.traces.read(organisation, { range, function: "a" }, { limit: 9 })
    deepEqual(
      own.items.map(({ spanId }) => spanId),
      [inner.spanId, call.spanId],
    )
    const later = await storage.traces.read(organisation, { range: { from: now + 3, to: now + 9 } }, { limit: 9 })
    deepEqual(later.items, [])
  })

  it("removes traces that ended long ago, with all their spans", async () => {
    const { storage, organisation } = subject
    const old = span({ startedAt: 5, durationMs: 1 })
    const lasting = span({ startedAt: 5, durationMs: 10 })
    const inner = span({ traceId: lasting.traceId, startedAt: 5, durationMs: 1 })
    await storage.traces.insert([old, lasting, inner])
    await storage.traces.expire(7, 1000)
    deepEqual(await storage.traces.find(organisation, old.traceId, 9), [])
    equal((await storage.traces.find(organisation, lasting.traceId, 9)).length, 2)
    await storage.traces.expire(16, 1000)
    deepEqual(await storage.traces.find(organisation, lasting.traceId, 9), [])
    deepEqual((await storage.traces.list(organisation, {}, { limit: 9 })).items, [])
  })
}
