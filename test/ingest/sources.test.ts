import { expect, test } from "vitest"
import type { IngestSourceInput } from "../../src/index.ts"
import { createKeyMapping } from "../../src/ingest/map-keys.ts"
import { openKit } from "./kit.ts"

test("a source gives its dimensions, which those of a point go before, and renames keys", async () => {
  const { functions, count } = await openKit()
  const { sources } = functions.ingestion
  const source = await sources.create({
    name: "probe",
    dimensions: { room: "1", host: "unknown" },
    keys: { "node_cpu_*": "host.cpu.*", "legacy load": "host.load" },
  })
  const points = [
    { key: "node_cpu_user", value: 1, dimensions: { host: "a" } },
    { key: "legacy load", value: 2 },
    { key: "plain", value: 3 },
  ]
  expect(await functions.ingestion.ingest({ points, source: "probe" })).toMatchObject({ accepted: 3, rejected: [] })
  expect(await count("host.cpu.user", { room: "1", host: "a" })).toBe(1)
  expect(await count("host.load", { room: "1", host: "unknown" })).toBe(1)
  expect(await count("plain", { room: "1" })).toBe(1)
  expect(await sources.list()).toEqual([source])
  expect(await functions.organisation("other").ingestion.sources.list()).toEqual([])
})

test("what a key becomes is judged, and so are dimensions that are too many with those of the source", async () => {
  const { functions } = await openKit()
  const six = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`d${index}`, "x"]))
  await functions.ingestion.sources.create({ name: "probe", dimensions: six, keys: { "cpu*": "host*" } })
  const points = [
    { key: "cpu load", value: 1 },
    { key: "a", value: 1, dimensions: { x: "1", y: "2", z: "3" } },
    { key: "a", value: 1, dimensions: { x: "1", y: "2", d0: "3" } },
  ]
  expect(await functions.ingestion.ingest({ points, source: "probe" })).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 0, path: "key", message: expect.stringContaining('becomes "host load", which must begin') },
      { index: 1, path: "dimensions", message: 'must be at most 8: with those of source "probe" they are 9' },
    ],
  })
})

test("a whole key goes before a beginning, and a longer beginning before a shorter one", () => {
  const map = createKeyMapping({ "a*": "short.*", "a.b*": "long*", "a.b": "whole", "*": "rest.*" })
  expect(["a.b", "a.bc", "ab", "x", ""].map(map)).toEqual(["whole", "longc", "short.b", "rest.x", "rest."])
})

test.each<[string, unknown]>([
  ["name", { name: "" }],
  ["name", { name: "a b" }],
  ["name", {}],
  ["enabled", { name: "a", enabled: 1 }],
  ["dimensions.function", { name: "a", dimensions: { function: "f" } }],
  ["keys.x", { name: "a", keys: { x: "not a key" } }],
  ["keys.x", { name: "a", keys: { x: "function.errors" } }],
  ["keys.x*", { name: "a", keys: { "x*": "whole" } }],
  ["keys.x", { name: "a", keys: { x: "a*" } }],
  ["keys.a*b", { name: "a", keys: { "a*b": "c" } }],
  ["key", { name: "a", key: {} }],
])("a source whose %s is wrong is refused: %j", async (path, input) => {
  const { functions } = await openKit()
  await expect(functions.ingestion.sources.create(input as IngestSourceInput)).rejects.toMatchObject({
    code: "FN_006",
    issues: [{ path, message: expect.any(String) }],
  })
  expect(await functions.ingestion.sources.list()).toEqual([])
})

test("sources are replaced and removed by their names", async () => {
  const { kit, functions } = await openKit()
  const { sources } = functions.ingestion
  const created = await sources.create({ name: "probe", dimensions: { a: "1" } })
  await expect(sources.create({ name: "probe" })).rejects.toMatchObject({ code: "FN_006" })
  await kit.clock.advance("1s")
  const replaced = await sources.replace("probe", { keys: { a: "b" } })
  expect(replaced).toEqual({ ...created, dimensions: {}, keys: { a: "b" }, updatedAt: created.updatedAt + 1000 })
  expect(await sources.get("probe")).toEqual(replaced)
  await sources.remove("probe")
  for (const gone of [sources.get("probe"), sources.remove("probe"), sources.replace("probe", {})]) {
    await expect(gone).rejects.toMatchObject({ code: "FN_001", message: 'Cannot find source "probe": there is none.' })
  }
})
