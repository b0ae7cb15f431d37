import { deepEqual, equal } from "node:assert/strict"
import type { WatchStep } from "../../ports/anomaly-storage.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleTime as at, awkwardText, sampleAnomaly } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

const minute = 60_000
/** Later than every lease that another test may have left. */
const far = 8_000_000_000_000

/** What was found unusual, what was learned, and who watches. */
export function describeAnomalies({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  const anomalies = () => subject.storage.anomalies
  const ids = ({ items }: { readonly items: readonly { readonly id: string }[] }) => items.map(({ id }) => id)

  /** Takes the watch, whoever had it, and writes a step. */
  async function advance(change: Partial<WatchStep>) {
    const owner = `${subject.organisation}-owner`
    const leading = await anomalies().lead(owner, far, far)
    const from = leading?.at ?? null
    const step = { owner, from, to: (from ?? 0) + minute, until: far, found: [], completed: [], states: [] }
    const stored = await anomalies().advance({ ...step, ...change })
    await anomalies().release(owner)
    return stored
  }

  async function store(...found: readonly ReturnType<typeof sampleAnomaly>[]) {
    return advance({ found: found.map((anomaly) => ({ anomaly, subject: anomaly.functionId ?? "series" })) })
  }

  it("keeps each anomaly once, and answers those that are new", async () => {
    const { organisation } = subject
    const [first, second] = [sampleAnomaly(organisation, "1"), sampleAnomaly(organisation, "2", { value: null })]
    deepEqual(await store(first), [first])
    deepEqual(await store({ ...first, score: 0 }, second), [second])
    deepEqual(await anomalies().find(organisation, "1"), first)
    equal(await anomalies().find(`${organisation}-other`, "1"), null)
  })

  it("lists anomalies newest first, by function, key, severity, mark and time, in pages", async () => {
    const { organisation } = subject
    await store(
      sampleAnomaly(organisation, "1", { at: at - 2 }),
      sampleAnomaly(organisation, "2", { functionId: null, key: "room.temperature" }),
      sampleAnomaly(organisation, "3", { severity: "low", at: at + 2 }),
    )
    await anomalies().mark(organisation, "3", { actor: "ada", at, reason: awkwardText })
    const list = async (filter: Parameters<ReturnType<typeof anomalies>["list"]>[1]) =>
      ids(await anomalies().list(organisation, filter, { limit: 10 }))
    deepEqual(await list({}), ["3", "2", "1"])
    deepEqual(await list({ functionId: "f" }), ["3", "1"])
    deepEqual(await list({ key: "room.temperature" }), ["2"])
    deepEqual(await list({ severity: "low" }), ["3"])
    deepEqual(await list({ expected: true }), ["3"])
    deepEqual(await list({ expected: false }), ["2", "1"])
    deepEqual(await list({ range: { from: at - 2, to: at + 2 } }), ["2", "1"])
    const page = await anomalies().list(organisation, {}, { limit: 2 })
    deepEqual([ids(page), page.next], [["3", "2"], "2"])
    deepEqual(ids(await anomalies().list(organisation, {}, { limit: 2, cursor: "2" })), ["1"])
  })

  it("marks what is expected, and gives the marks of a subject", async () => {
    const { organisation } = subject
    const anomaly = sampleAnomaly(organisation, "1")
    await store(anomaly, sampleAnomaly(organisation, "2"))
    const expected = { actor: "ada", at, reason: null }
    deepEqual(await anomalies().mark(organisation, "1", expected), { ...anomaly, expected })
    deepEqual(await anomalies().listExpected(organisation, "f", 5), [{ ...anomaly, expected }])
    deepEqual(await anomalies().listExpected(organisation, "other", 5), [])
    deepEqual(await anomalies().mark(organisation, "1", null), anomaly)
    deepEqual(await anomalies().listExpected(organisation, "f", 5), [])
    equal(await anomalies().mark(organisation, "missing", expected), null)
  })

  it("adds what came after an anomaly, and leaves its mark", async () => {
    const { organisation } = subject
    const anomaly = sampleAnomaly(organisation, "1")
    await store(anomaly)
    const expected = { actor: "ada", at, reason: null }
    await anomalies().mark(organisation, "1", expected)
    const after = { ...anomaly.context.before, mean: 7 }
    const completed = [
      { organisation, id: "1", after },
      { organisation, id: "missing", after },
    ]
    deepEqual(await advance({ completed }), [])
    const context = { ...anomaly.context, after }
    deepEqual(await anomalies().find(organisation, "1"), { ...anomaly, expected, context })
  })

  it("removes old anomalies, but none that is marked", async () => {
    const { organisation } = subject
    await store(
      sampleAnomaly(organisation, "1", { at: 5 }),
      sampleAnomaly(organisation, "2", { at: 5 }),
      sampleAnomaly(organisation, "3", { at: 6 }),
    )
    await anomalies().mark(organisation, "2", { actor: "ada", at, reason: null })
    while ((await anomalies().expire(6, 100)) === 100);
    deepEqual(ids(await anomalies().list(organisation, {}, { limit: 5 })), ["3", "2"])
  })

  it("keeps what was learned of each series, the latest", async () => {
    const { organisation } = subject
    const state = (seriesId: string, text: string, minutes = at) => ({
      organisation,
      seriesId,
      at: minutes,
      state: text,
    })
    const many = Array.from({ length: 300 }, (_, index) => state(`m${index}`, "{}"))
    await advance({ states: [state("a", "{}"), state("b", "{}", 5), ...many] })
    await advance({ states: [state("a", '{"points":1}', at + 1)] })
    const read = async () => (await anomalies().readStates(organisation, ["a", "b", "none"])).map((one) => one)
    deepEqual(
      (await read()).sort((a, b) => (a.seriesId < b.seriesId ? -1 : 1)),
      [state("a", '{"points":1}', at + 1), state("b", "{}", 5)],
    )
    deepEqual(await anomalies().readStates(organisation, []), [])
    while ((await anomalies().expireStates(6, 100)) === 100);
    deepEqual(await read(), [state("a", '{"points":1}', at + 1)])
  })

  it("takes the watch from one whose clock ran ahead", async () => {
    const [ahead, right] = [`${subject.organisation}-ahead`, `${subject.organisation}-right`]
    equal((await anomalies().lead(ahead, 2 * far, 2 * far + 100)) !== null, true)
    equal(await anomalies().lead(right, 2 * far, 2 * far + 50), null)
    equal((await anomalies().lead(right, 2 * far, 2 * far + 49)) !== null, true)
    await anomalies().release(right)
  })

  it("gives the watch to one at a time, who goes on where the last one stopped", async () => {
    const [one, two] = [`${subject.organisation}-1`, `${subject.organisation}-2`]
    const begin = (await anomalies().lead(one, far, far + 10))?.at ?? null
    equal(await anomalies().lead(two, far + 9, far + 20), null)
    deepEqual(await anomalies().lead(one, far + 9, far + 10), { at: begin })
    const step = { owner: one, from: begin, to: at, until: far + 10, found: [], completed: [], states: [] }
    deepEqual(await anomalies().advance(step), [])
    // A second time, the last minute is another one.
    equal(await anomalies().advance(step), begin === at ? [] : null)
    deepEqual(await anomalies().lead(two, far + 10, far + 30), { at })
    const late = { ...step, from: at, to: at + minute, found: [] }
    equal(await anomalies().advance(late), null)
    await anomalies().release(one)
    equal(await anomalies().lead(one, far + 29, far + 40), null)
    await anomalies().release(two)
    deepEqual(await anomalies().lead(one, far + 29, far + 29), { at })
    await anomalies().release(one)
  })

  it("keeps settings of organisations and of functions", async () => {
    const { organisation } = subject
    const ofAll = { organisation, functionId: null, settings: { enabled: false } }
    const ofFunction = { organisation, functionId: "f", settings: { sensitivity: 0.7, weights: { rhythm: 2 } } }
    await anomalies().saveSettings({ ...ofAll, settings: { sensitivity: 0.1 } })
    await anomalies().saveSettings(ofAll)
    await anomalies().saveSettings(ofFunction)
    const stored = await anomalies().readSettings([organisation, `${organisation}-other`])
    deepEqual(
      [...stored].sort((a, b) => Number(a.functionId !== null) - Number(b.functionId !== null)),
      [ofAll, ofFunction],
    )
    deepEqual(await anomalies().readSettings([]), [])
  })

  if (!shared) return
  it("lets one of two go on who both believe that they have the watch", async () => {
    const other = await subject.open()
    const owner = `${subject.organisation}-owner`
    const from = (await anomalies().lead(owner, far + 50, far + 50))?.at ?? null
    const anomaly = sampleAnomaly(subject.organisation, "1")
    const step = { owner, from, to: (from ?? 0) + minute, until: far, completed: [], states: [] }
    const results = await Promise.all(
      [anomalies(), other.anomalies].map((one) => one.advance({ ...step, found: [{ anomaly, subject: "f" }] })),
    )
    deepEqual(results.map((result) => result?.length ?? null).sort(), [1, null].sort())
    await anomalies().release(owner)
  })
}
