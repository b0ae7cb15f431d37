import fc from "fast-check"
import { expect, test } from "vitest"
import type { ClosedWindow, IngestBatch, IngestPoint } from "../../src/index.ts"
import { day, minute, openKit } from "./kit.ts"

test("what comes is found by a query at once, in its own minute", async () => {
  const { kit, functions } = await openKit()
  const at = kit.clock.now() - 5 * minute
  const dimensions = { host: "web-1" }
  const points = [
    { key: "host.load", value: 1.5, at, dimensions },
    { key: "host.load", value: 2.5, at: at + 1, dimensions },
    { key: "host.load", value: 9 },
  ]
  expect(await functions.ingestion.ingest({ points })).toEqual({
    accepted: 3,
    duplicates: [],
    rejected: [],
    deadLetterId: null,
  })
  const { items } = await functions.metrics.query({ key: "host.load", dimensions, step: "1m" })
  expect(items).toEqual([expect.objectContaining({ at: at - (at % minute), count: 2, mean: 2, min: 1.5, max: 2.5 })])
  const all = await functions.metrics.query({ key: "host.load" })
  expect(all.items.map(({ count }) => count)).toEqual([2, 1])
})

test("each bad point is rejected with its field, and every good one beside it is stored", async () => {
  const { kit, functions, count } = await openKit()
  const now = kit.clock.now()
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`d${index}`, "x"]))
  const bad: readonly (readonly [unknown, string, string])[] = [
    [{ key: "a", value: Number.NaN }, "value", "finite"],
    [{ key: "a", value: Number.POSITIVE_INFINITY }, "value", "finite"],
    [{ key: "a", value: null }, "value", "finite"],
    [{ key: "a", value: 2e100 }, "value", "1e100"],
    [{ key: "a" }, "value", "finite"],
    [{ value: 1 }, "key", "text"],
    [{ key: "", value: 1 }, "key", "begin with"],
    [{ key: "1a", value: 1 }, "key", "begin with"],
    [{ key: "a b", value: 1 }, "key", "begin with"],
    [{ key: "x".repeat(65), value: 1 }, "key", "64"],
    [{ key: "x".repeat(201), value: 1 }, "key", "200"],
    [{ key: "function.duration_ms", value: 1 }, "key", "service's own"],
    [{ key: "a", value: 1, at: now - day - 1 }, "at", "more than a day ago"],
    [{ key: "a", value: 1, at: now + minute + 1 }, "at", "a minute ahead"],
    [{ key: "a", value: 1, at: Number.NaN }, "at", "epoch milliseconds"],
    [{ key: "a", value: 1, at: "2026-11-22" }, "at", "epoch milliseconds"],
    [{ key: "a", value: 1, dimensions: many }, "dimensions", "at most 8"],
    [{ key: "a", value: 1, dimensions: { "no-name": "x" } }, "dimensions.no-name", "letter"],
    [{ key: "a", value: 1, dimensions: { function: "x" } }, "dimensions.function", "service's own"],
    [{ key: "a", value: 1, dimensions: { host: 1 } }, "dimensions.host", "text"],
    [{ key: "a", value: 1, dimensions: { host: "" } }, "dimensions.host", "empty"],
    [{ key: "a", value: 1, dimensions: { host: "x".repeat(129) } }, "dimensions.host", "128"],
    [{ key: "a", value: 1, dimensions: ["x"] }, "dimensions", "object"],
    [{ key: "a", value: 1, unit: "ms" }, "unit", "not known"],
    [{ key: "a", value: 1, id: "" }, "id", "empty"],
    [{ key: "a", value: 1, dimensions: JSON.parse('{"__proto__":"x"}') }, "dimensions.__proto__", "no name"],
    [{ key: "a", value: 1, "\u001b[31m": 1 }, "␛[31m", "not known"],
    [{ key: "a", value: 1, ["x".repeat(9999)]: 1 }, "x".repeat(200), "not known"],
    [JSON.parse(`{"key":"a","value":${"[".repeat(100_000)}${"]".repeat(100_000)}}`), "value", "finite"],
    [7, "", "object"],
    [null, "", "object"],
    [["a", 1], "", "object"],
  ]
  const points = bad.flatMap(([point]) => [point, { key: "good", value: 1 }]) as IngestPoint[]
  const result = await functions.ingestion.ingest({ points })
  expect(result.accepted).toBe(bad.length)
  expect(result.rejected.map(({ index, path }) => [index, path])).toEqual(bad.map(([, path], i) => [2 * i, path]))
  for (const [index, { message }] of result.rejected.entries()) expect(message).toContain(bad[index]?.[2])
  expect(await count("good")).toBe(bad.length)
  await expect(count("a")).rejects.toMatchObject({ code: "FN_001" })
})

test("what is no batch is refused whole, and names why", async () => {
  const { functions } = await openKit()
  const point = { key: "a", value: 1 }
  const refused = async (batch: unknown, path: string) =>
    await expect(functions.ingestion.ingest(batch as IngestBatch)).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path, message: expect.any(String) }],
    })
  await refused({ points: [] }, "points")
  await refused({ points: Array.from({ length: 1001 }, () => point) }, "points")
  await refused({ points: point }, "points")
  await refused({}, "points")
  await refused([point], "")
  await refused({ points: [point], source: 1 }, "source")
  await refused({ points: [point], sauce: "x" }, "sauce")
  await expect(functions.ingestion.ingest({ points: [point], source: "nobody" })).rejects.toMatchObject({
    code: "FN_001",
    message: 'Cannot find source "nobody": there is none.',
  })
  await expect(functions.metrics.query({ key: "a" })).rejects.toMatchObject({ code: "FN_001" })
})

test("a thousand points are taken at once", async () => {
  const { kit, functions, count } = await openKit()
  const now = kit.clock.now()
  const points = Array.from({ length: 1000 }, (_, index) => ({ key: "many", value: index, at: now - index }))
  expect(await functions.ingestion.ingest({ points })).toMatchObject({ accepted: 1000 })
  expect(await count("many")).toBe(1000)
  expect((await functions.ingestion.ingest({ points })).duplicates).toHaveLength(1000)
})

test("the same idempotency key has the same answer, and stores nothing again", async () => {
  const { kit, functions, count } = await openKit()
  const batch = {
    points: [
      { key: "a", value: 1 },
      { key: "", value: 2 },
    ],
  }
  const options = { idempotencyKey: "batch-1" }
  const first = await functions.ingestion.ingest(batch, options)
  expect(first).toMatchObject({ accepted: 1, rejected: [{ index: 1, path: "key" }] })
  await kit.drain({ allowFailures: true })
  await kit.clock.advance(minute)
  expect(await functions.ingestion.ingest(batch, options)).toEqual(first)
  expect(await count("a")).toBe(1)
  const other = { points: [{ key: "a", value: 2 }] }
  await expect(functions.ingestion.ingest(other, options)).rejects.toMatchObject({
    code: "FN_006",
    issues: [{ path: "idempotencyKey", message: "belongs to another batch" }],
  })
  await expect(functions.ingestion.ingest(batch, { idempotencyKey: "" })).rejects.toMatchObject({ code: "FN_006" })
  expect(await functions.organisation("other").ingestion.ingest(other, options)).toMatchObject({ accepted: 1 })
  await kit.clock.advance(day)
  expect(await functions.ingestion.ingest(other, options)).toMatchObject({ accepted: 1 })
})

test("the answer under a key stays the same when its source is switched off or gone", async () => {
  const { functions } = await openKit()
  const { ingestion } = functions
  await ingestion.sources.create({ name: "probe" })
  const batch = { points: [{ key: "a", value: 1 }], source: "probe" }
  const options = { idempotencyKey: "batch-1" }
  const first = await ingestion.ingest(batch, options)
  await ingestion.sources.replace("probe", { enabled: false })
  expect(await ingestion.ingest(batch, options)).toEqual(first)
  await ingestion.sources.remove("probe")
  expect(await ingestion.ingest(batch, options)).toEqual(first)
  await expect(ingestion.ingest(batch, { idempotencyKey: "batch-2" })).rejects.toMatchObject({ code: "FN_001" })
  expect(await ingestion.ingest({ points: batch.points }, { idempotencyKey: "batch-2" })).toMatchObject({ accepted: 1 })
})

test("a point that is sent twice counts once, in a batch and across batches, and each source has its own", async () => {
  const { kit, functions, count } = await openKit()
  const at = kit.clock.now()
  const point = { key: "a", value: 1, at, dimensions: { x: "1", y: "2" } }
  const turned = { at, dimensions: { y: "2", x: "1" }, value: 1, key: "a" }
  const first = await functions.ingestion.ingest({ points: [point, turned, { ...point, at: at + 1 }] })
  expect(first).toMatchObject({ accepted: 2, duplicates: [1], rejected: [] })
  const second = await functions.ingestion.ingest({ points: [{ key: "a", value: 2 }, turned] })
  expect(second).toMatchObject({ accepted: 1, duplicates: [1] })
  await functions.ingestion.sources.create({ name: "probe" })
  expect(await functions.ingestion.ingest({ points: [point], source: "probe" })).toMatchObject({ accepted: 1 })
  expect(await functions.organisation("other").ingestion.ingest({ points: [point] })).toMatchObject({ accepted: 1 })
  expect(await count("a")).toBe(4)
})

test("an id says which point it is, whatever its time; another content under it is rejected", async () => {
  const { kit, functions, count } = await openKit()
  const at = kit.clock.now()
  const two = [
    { key: "a", value: 1, at, id: "1" },
    { key: "a", value: 1, at, id: "2" },
  ]
  expect(await functions.ingestion.ingest({ points: two })).toMatchObject({ accepted: 2 })
  const again = [
    { key: "a", value: 1, at: at + 5, id: "1" },
    { key: "a", value: 1, id: "2" },
    { key: "a", value: 3, id: "2" },
  ]
  expect(await functions.ingestion.ingest({ points: again })).toMatchObject({
    accepted: 0,
    duplicates: [0, 1],
    rejected: [{ index: 2, path: "id", message: "belongs to another point of the source" }],
  })
  expect(await count("a")).toBe(2)
})

test("another value of the same key, dimensions and time is not lost silently, but rejected", async () => {
  const { kit, functions } = await openKit()
  const at = kit.clock.now()
  await functions.ingestion.ingest({ points: [{ key: "a", value: 1, at }] })
  const points = [
    { key: "a", value: 2, at },
    { key: "b", value: 1, at },
    { key: "b", value: 2, at },
  ]
  const message = expect.stringContaining("give each point an id")
  expect(await functions.ingestion.ingest({ points })).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 0, path: "at", message },
      { index: 2, path: "at", message },
    ],
  })
})

test("points without id and time are always others", async () => {
  const { functions, count } = await openKit()
  const points = [
    { key: "a", value: 1 },
    { key: "a", value: 1 },
  ]
  await functions.ingestion.ingest({ points })
  await functions.ingestion.ingest({ points })
  expect(await count("a")).toBe(4)
})

test("a point is known for as long as it would be taken, and then forgotten", async () => {
  const { kit, functions } = await openKit()
  const at = kit.clock.now()
  const points = [{ key: "a", value: 1, at }]
  await functions.ingestion.ingest({ points })
  await kit.clock.advance(day)
  expect(await functions.ingestion.ingest({ points })).toMatchObject({ accepted: 0, duplicates: [0] })
  await kit.clock.advance(1)
  expect(await functions.ingestion.ingest({ points })).toMatchObject({ rejected: [{ path: "at" }] })
})

test("a minute is told when it is over for a minute, once, with what came for it until then", async () => {
  const { kit, functions } = await openKit()
  const told: ClosedWindow[] = []
  functions.on("window.closed", (window) => told.push(window))
  await kit.clock.advance(minute - (kit.clock.now() % minute))
  const at = kit.clock.now()
  await functions.ingestion.ingest({ points: [{ key: "a", value: 1, at: at + 1, dimensions: { host: "x" } }] })
  await kit.clock.advance(minute)
  await functions.ingestion.ingest({ points: [{ key: "a", value: 3, at: at + 2, dimensions: { host: "x" } }] })
  await kit.clock.advance(minute - 1)
  expect(told).toEqual([])
  await kit.clock.advance(1)
  expect(told).toEqual([
    expect.objectContaining({
      ...{ organisation: "default", key: "a", functionId: null, dimensions: { host: "x" } },
      ...{ at, endsAt: at + minute, count: 2, mean: 2 },
    }),
  ])
  await functions.ingestion.ingest({ points: [{ key: "a", value: 9, at: at + 3, dimensions: { host: "x" } }] })
  await kit.clock.advance(10 * minute)
  expect(told).toHaveLength(1)
  const { items } = await functions.metrics.query({ key: "a" })
  expect(items).toEqual([expect.objectContaining({ at, count: 3 })])
})

test("`lateMs` says how long a minute waits for its points", async () => {
  const { kit, functions } = await openKit({ metrics: { lateMs: 0 } })
  const told: ClosedWindow[] = []
  functions.on("window.closed", (window) => told.push(window))
  await functions.ingestion.ingest({ points: [{ key: "a", value: 1 }] })
  await kit.clock.advance(minute - (kit.clock.now() % minute))
  expect(told).toHaveLength(1)
})

test("the counters for Prometheus have what was ingested", async () => {
  const { kit, functions } = await openKit()
  const point = { key: "a", value: 2, at: kit.clock.now(), dimensions: { host: 'x"y' } }
  await functions.ingestion.ingest({ points: [point] })
  await functions.ingestion.ingest({ points: [point] })
  expect(functions.metrics.prometheus()).toContain('inlay_metric_sum{key="a",host="x\\"y"} 2')
})

test("whatever a batch has, each of its points is accounted for exactly once, and the accepted ones are stored", async () => {
  const { kit, functions } = await openKit()
  const now = kit.clock.now()
  let run = 0
  const anything = fc.oneof(
    fc.anything(),
    fc.record(
      {
        id: fc.oneof(fc.constantFrom("1", "2"), fc.anything()),
        key: fc.oneof(fc.constantFrom("k"), fc.string()),
        value: fc.oneof(fc.constantFrom(1, 2), fc.double()),
        at: fc.oneof(fc.constantFrom(now, now - 1, now - 2 * day), fc.double()),
        dimensions: fc.oneof(fc.constantFrom({}, { a: "1" }), fc.anything()),
      },
      { requiredKeys: [] },
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 40 }), async (points) => {
      const face = functions.organisation(`o${run++}`)
      const batch = { points: points as IngestPoint[] }
      const { accepted, duplicates, rejected, deadLetterId } = await face.ingestion.ingest(batch)
      const told = [...duplicates, ...rejected.map(({ index }) => index)]
      expect(new Set(told).size).toBe(told.length)
      expect(accepted + told.length).toBe(points.length)
      expect(deadLetterId === null).toBe(rejected.length === 0)
      for (const { message } of rejected) expect(message).not.toBe("")
      const again = await face.ingestion.ingest(batch)
      expect(again.rejected.map(({ index }) => index)).toEqual(rejected.map(({ index }) => index))
      const text = face.metrics.prometheus()
      const stored = [...text.matchAll(/^inlay_metric_count\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
      expect(stored).toBe(accepted + again.accepted)
    }),
    { numRuns: 60 },
  )
})

test("a batch is the same under its key however deep it is, and nothing deep ends its dead letter", async () => {
  const { kit, functions } = await openKit()
  const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)
  const round: Record<string, unknown> = { key: "a", value: 1 }
  round.self = round
  const batch = { points: [{ key: "a", value: 1 }, { key: "a", value: deep }, round] } as unknown as IngestBatch
  const first = await functions.ingestion.ingest(batch, { idempotencyKey: "k" })
  expect(first).toMatchObject({ accepted: 1, rejected: [{ index: 1 }, { index: 2, path: "self" }] })
  expect(await functions.ingestion.ingest(batch, { idempotencyKey: "k" })).toEqual(first)
  await kit.drain({ allowFailures: true })
  const letter = await functions.deadLetters.get(first.deadLetterId ?? "")
  expect(JSON.stringify(letter.input).length).toBeLessThan(2000)
})

test("the times of a host that are no numbers are in its dead letter as they were, and make batches different", async () => {
  const { kit, functions } = await openKit()
  const toBatch = (at: unknown) => ({ points: [{ key: "a", value: 1, at }] }) as unknown as IngestBatch
  const at = new Date("2026-01-01T00:00:00Z")
  const result = await functions.ingestion.ingest(toBatch(at), { idempotencyKey: "k" })
  expect(result).toMatchObject({ accepted: 0, rejected: [{ index: 0, path: "at" }] })
  await kit.drain({ allowFailures: true })
  const letter = await functions.deadLetters.get(result.deadLetterId ?? "")
  expect(letter.input).toMatchObject({ points: [{ key: "a", value: 1, at: "2026-01-01T00:00:00.000Z" }] })
  expect(await functions.ingestion.ingest(toBatch(new Date(at)), { idempotencyKey: "k" })).toEqual(result)
  const other = functions.ingestion.ingest(toBatch(new Date("2026-01-02T00:00:00Z")), { idempotencyKey: "k" })
  await expect(other).rejects.toMatchObject({ code: "FN_006" })

  // What cannot be written is rejected alone.
  const broken = {
    toJSON() {
      throw new Error("no text")
    },
  }
  const odd = [new Date(Number.NaN), new URL("https://example.com/"), broken].map((value) => ({ key: "a", value }))
  const points = [...odd, { key: "a", value: 1 }] as unknown as IngestBatch["points"]
  expect(await functions.ingestion.ingest({ points }, { idempotencyKey: "odd" })).toMatchObject({ accepted: 1 })
})
