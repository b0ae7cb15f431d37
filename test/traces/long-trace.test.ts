import { expect, it, onTestFinished } from "vitest"
import type { SpanRecord } from "../../src/model/span.ts"
import { openMemoryStorage } from "../../src/testing/kit/embedded.ts"
import { createTraces } from "../../src/traces/create-traces.ts"

const toId = (index: number) => index.toString(16).padStart(16, "0")
const at = Date.UTC(2026, 0, 1)

/** A trace of so many spans, the newest first; all are below the one that began first. */
function toTrace(traceId: string, spans: number): readonly SpanRecord[] {
  return Array.from({ length: spans }, (_, back) => spans - 1 - back).map((index) => ({
    ...{ organisation: "o", traceId, spanId: toId(index), parentSpanId: index === 0 ? null : toId(0), weight: 1 },
    ...{ kind: "invocation", name: index === 0 ? "root" : "f", function: "f", status: "ok", attributes: {} },
    ...{ startedAt: at + index, durationMs: spans - index },
  }))
}

async function open(given: readonly SpanRecord[]) {
  const memory = openMemoryStorage()
  await memory.storage.open?.()
  onTestFinished(() => memory.close())
  for (let from = 0; from < given.length; from += 1000)
    await memory.storage.traces.insert(given.slice(from, from + 1000))
  const onError = (error: unknown) => {
    throw error
  }
  return createTraces({ store: memory.storage.traces, now: () => at, onError })
}

it("A trace of more than 10,000 spans is shown as far as it began first, and says so", async () => {
  const long = toTrace("long", 12_000)
  const traces = await open([...long, ...toTrace("short", 10_000)])
  const { roots, complete, spans, durationMs } = await traces.get("o", "long")
  expect({ complete, spans, durationMs, roots: roots.length }).toEqual({
    ...{ complete: false, spans: 10_000, durationMs: 12_000, roots: 1 },
  })
  expect(roots[0]?.children.at(-1)?.startedAt).toBe(at + 9999)
  expect(await traces.get("o", "short")).toMatchObject({ complete: true, spans: 10_000 })
})

it("The map and the slowest paths read no more than 5,000 spans of a trace, and say so", async () => {
  const traces = await open([...toTrace("long", 7000), ...toTrace("short", 2)])
  const range = { from: at, to: at + 100_000 }
  const { items, ...reading } = await traces.slowest("o", { range }, 10)
  expect(reading).toEqual({ complete: false, spans: 5002 })
  expect(items.map(({ path, count }) => [path.map(({ name }) => name), count])).toEqual([[["root", "f"], 2]])
  expect(await traces.dependencies("o", range)).toMatchObject({
    complete: false,
    spans: 5002,
    items: [
      { from: { name: "root" }, to: { name: "f" }, count: 5000 },
      { from: { kind: "outside" }, to: { name: "root" }, count: 2 },
    ],
  })
})
