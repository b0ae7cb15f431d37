import { expect, test } from "vitest"
import { day, openKit } from "./kit.ts"

test("points of a source that is off are a dead letter, and a replay stores them once it is on, at the time when they came", async () => {
  const { kit, functions } = await openKit()
  const { sources } = functions.ingestion
  await sources.create({ name: "probe", enabled: false })
  const cameAt = kit.clock.now()
  const points = [
    { key: "a", value: 1 },
    { key: "a", value: 2, at: cameAt - 1 },
  ]
  const result = await functions.ingestion.ingest({ points, source: "probe" })
  const off = { path: "", message: 'comes from source "probe", which is off' }
  expect(result.rejected).toEqual([
    { index: 0, ...off },
    { index: 1, ...off },
  ])
  await kit.drain({ allowFailures: true })
  const { items } = await functions.deadLetters.list({ kind: "points" })
  expect(items).toEqual([
    expect.objectContaining({
      id: result.deadLetterId,
      kind: "points",
      name: "probe",
      status: "failed",
      error: {
        ...{ code: "FN_006", name: "FunctionsError", stack: "" },
        message: 'Cannot ingest: points.0 comes from source "probe", which is off; and 1 more.',
      },
      input: {
        source: "probe",
        points: [{ key: "a", value: 1, at: cameAt }, points[1]],
        rejected: [
          { index: 0, ...off },
          { index: 1, ...off },
        ],
      },
    }),
  ])
  await kit.clock.advance(2 * day)
  const id = result.deadLetterId ?? ""
  const early = await functions.deadLetters.replay(id)
  await kit.drain({ allowFailures: true })
  expect(await functions.deadLetters.get(early.id)).toMatchObject({ originId: id, error: { code: "FN_006" } })

  await sources.replace("probe", { enabled: true })
  const replay = await functions.deadLetters.replay(early.id)
  await kit.drain()
  expect(await functions.invocations.get(replay.id)).toMatchObject({
    status: "succeeded",
    output: { accepted: 2, duplicates: [], rejected: [], deadLetterId: null },
  })
  const twice = await functions.deadLetters.replay(id)
  await kit.drain()
  expect(await functions.invocations.get(twice.id)).toMatchObject({ output: { accepted: 0, duplicates: [0, 1] } })
  const range = { from: cameAt - 2, to: cameAt + 1 }
  const found = await functions.metrics.query({ key: "a", range, step: "1h" })
  expect(found.items.reduce((sum, item) => sum + item.count, 0)).toBe(2)
})

test("what a replay can take is stored, and the rest is another dead letter", async () => {
  const { kit, functions, count } = await openKit()
  const { sources } = functions.ingestion
  await sources.create({ name: "probe" })
  const points = [
    { key: "good", value: 1 },
    { key: "needs a name", value: 1 },
    { key: "has no value", value: Number.NaN },
  ]
  const { accepted } = await functions.ingestion.ingest({ points, source: "probe" })
  expect(accepted).toBe(1)
  await kit.drain({ allowFailures: true })
  await sources.replace("probe", { keys: { "needs a name": "named", "has no value": "valueless" } })
  expect(await functions.deadLetters.replayAll({ kind: "points" })).toMatchObject({ count: 1 })
  await kit.drain({ allowFailures: true })
  expect(await count("named")).toBe(1)
  const { items } = await functions.deadLetters.list({ kind: "points", replayed: false })
  expect(items).toMatchObject([{ input: { points: [{ key: "has no value", value: "NaN" }] } }])
})

test("an operator may replay with points of his own, and purge what is left", async () => {
  const { kit, functions, count } = await openKit()
  await functions.ingestion.ingest({ points: [{ key: "a b", value: 1 }] })
  await kit.drain({ allowFailures: true })
  const [letter] = (await functions.deadLetters.list()).items
  expect(letter).toMatchObject({ name: "ingest", kind: "points" })
  const input = letter?.input as { readonly points: readonly object[] }
  await functions.deadLetters.replay(letter?.id ?? "", {
    input: { ...input, points: input.points.map((point) => ({ ...point, key: "a_b" })) },
  })
  await kit.drain()
  expect(await count("a_b")).toBe(1)
  const nonsense = await functions.deadLetters.replay(letter?.id ?? "", { input: "nonsense" })
  await kit.drain({ allowFailures: true })
  expect(await functions.deadLetters.get(nonsense.id)).toMatchObject({ error: { code: "FN_006" } })
  const gone = await functions.deadLetters.replay(letter?.id ?? "", { input: { ...input, source: "gone" } })
  await kit.drain({ allowFailures: true })
  expect(await functions.deadLetters.get(gone.id)).toMatchObject({ error: { code: "FN_001" } })
  expect(await functions.deadLetters.purge({ kind: "points" })).toBe(3)
  expect((await functions.deadLetters.list()).items).toEqual([])
})

test("the filter for a function finds no points of a source that has the same name", async () => {
  const { kit, functions } = await openKit()
  await functions.deploy({ name: "probe", source: "export default () => 1" })
  await functions.ingestion.sources.create({ name: "probe", enabled: false })
  await functions.ingestion.ingest({ points: [{ key: "a", value: 1 }], source: "probe" })
  await kit.drain({ allowFailures: true })
  expect((await functions.deadLetters.list({ function: "probe" })).items).toEqual([])
  expect((await functions.deadLetters.list({})).items).toHaveLength(1)
})
