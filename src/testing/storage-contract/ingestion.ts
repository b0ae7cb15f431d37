import { deepEqual, equal, rejects } from "node:assert/strict"
import type { IngestSource } from "../../model/ingestion.ts"
import type { IngestChange, MarkState, PointMark } from "../../ports/ingest-storage.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleIngestChange, sampleSource } from "./observed-samples.ts"
import { awkwardText, sampleTime as now, sampleJob } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Points that come from outside, and their sources. */
export function describeIngestion({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  const mark = (id: string, change: Partial<PointMark> = {}): PointMark => ({
    id,
    content: "c",
    until: now + 10,
    ...change,
  })
  const source = (name: string, change: Partial<IngestSource> = {}) => sampleSource(subject.organisation, name, change)
  const change = (values: Partial<IngestChange> = {}) => ({ ...sampleIngestChange(subject.organisation), ...values })
  const key = (hash = "h", until = now + 10) => ({ key: "k", hash, until })

  /** Stores some marks, and answers the states that they had. */
  async function states(marks: readonly PointMark[], at = now, storage = subject.storage) {
    let seen: readonly MarkState[] = []
    const { organisation } = subject
    await storage.ingest.store({ organisation, idempotency: null, marks, now: at }, (given) => {
      seen = given
      return change({ windows: [], series: [] })
    })
    return seen
  }

  it("finds a mark new once, and then the same or another", async () => {
    deepEqual(await states([mark("b"), mark("a")]), ["new", "new"])
    deepEqual(await states([mark("c"), mark("a"), mark("b", { content: "other" })]), ["new", "known", "taken"])
    const other = { organisation: `${subject.organisation}-other`, idempotency: null, marks: [mark("a")], now }
    await subject.storage.ingest.store(other, (given) => {
      deepEqual(given, ["new"])
      return change({ windows: [], series: [] })
    })
  })

  it("takes many marks at once", async () => {
    const many = Array.from({ length: 1000 }, (_, index) => mark(`m${index}`))
    deepEqual(new Set(await states(many)), new Set(["new"]))
    deepEqual(new Set(await states([...many].reverse())), new Set(["known"]))
  })

  it("forgets marks whose time is over, whether they were removed or not", async () => {
    await states([mark("a"), mark("b", { until: now + 1000 })])
    deepEqual(await states([mark("a", { content: "other", until: now + 30 })], now + 10), ["new"])
    deepEqual(await states([mark("a", { content: "other" })], now + 29), ["known"])
    while ((await subject.storage.ingest.expire(now + 30, 1)) > 0);
    deepEqual(await states([mark("a"), mark("b")], now), ["new", "known"])
  })

  it("stores windows, series and jobs with the marks, or none of them", async () => {
    const { storage, organisation } = subject
    const job = sampleJob(organisation)
    const batch = { organisation, idempotency: key(), marks: [mark("a")], now }
    const failing = () => {
      throw new Error("These points cannot be summed up.")
    }
    await rejects(async () => storage.ingest.store(batch, failing))
    const given = change({ answer: awkwardText.replaceAll("\u0000", "").replaceAll("\ud800", ""), jobs: [job] })
    const stored = await storage.ingest.store(batch, (seen) => {
      deepEqual(seen, ["new"])
      return given
    })
    deepEqual(stored, { outcome: "stored", answer: given.answer })
    equal((await storage.queue.find(organisation, job.id))?.id, job.id)
    const [window] = given.windows
    const range = { from: window?.at ?? 0, to: (window?.at ?? 0) + 1 }
    deepEqual(await storage.metrics.read(organisation, ["s"], 60_000, range), given.windows)
    equal((await storage.metrics.listSeries(organisation, {}, { limit: 5 })).items.length, 1)
  })

  it("answers a repetition under the same key as before, and refuses another batch under it", async () => {
    const { storage, organisation } = subject
    const batch = { organisation, idempotency: key(), marks: [mark("a")], now }
    const never = () => {
      throw new Error("Nothing may be changed.")
    }
    await storage.ingest.store(batch, () => change({ answer: "first" }))
    deepEqual(await storage.ingest.store(batch, never), { outcome: "known", answer: "first" })
    const marks = [mark("b")]
    deepEqual(await storage.ingest.store({ ...batch, idempotency: key("g"), marks }, never), { outcome: "conflict" })
    deepEqual(await states(marks), ["new"])
    const later = { ...batch, idempotency: key("g", now + 30), marks: [], now: now + 10 }
    const second = await storage.ingest.store(later, () => change({ answer: "second" }))
    deepEqual(second, { outcome: "stored", answer: "second" })
    while ((await storage.ingest.expire(now + 30, 1)) > 0);
    equal((await storage.ingest.store(batch, () => change({ answer: "third" }))).outcome, "stored")
  })

  it("keeps sources by their names", async () => {
    const { storage, organisation } = subject
    const first = source("b", { dimensions: { room: "1" }, keys: { [awkwardText]: "a", "cpu_*": "host.*" } })
    equal(await storage.ingest.addSource(first), true)
    equal(await storage.ingest.addSource(source("b", { enabled: false })), false)
    equal(await storage.ingest.addSource(source("a")), true)
    deepEqual(await storage.ingest.listSources(organisation), [source("a"), first])
    deepEqual(await storage.ingest.findSource(organisation, "b"), first)
    equal(await storage.ingest.findSource(`${organisation}-other`, "b"), null)
    const off = source("b", { enabled: false, createdAt: now + 5, updatedAt: now + 5 })
    deepEqual(await storage.ingest.replaceSource(off), { ...off, createdAt: now })
    equal(await storage.ingest.replaceSource(source("c")), null)
    deepEqual(await storage.ingest.findSource(organisation, "b"), { ...off, createdAt: now })
    equal(await storage.ingest.removeSource(organisation, "b"), true)
    equal(await storage.ingest.removeSource(organisation, "b"), false)
    deepEqual(await storage.ingest.listSources(organisation), [source("a")])
  })

  if (!shared) return
  it("finds each mark new once, and stores a key once, though several processes have them at a time", async () => {
    const other = await subject.open()
    const { organisation } = subject
    const many = Array.from({ length: 300 }, (_, index) => mark(`m${index}`))
    const both = await Promise.all([
      states(many),
      states([...many].reverse(), now, other),
      states(many, now, other),
      states([...many].reverse()),
    ])
    equal(both.flat().filter((state) => state === "new").length, 300)
    const batch = { organisation, idempotency: key(), marks: [], now }
    const outcomes = await Promise.all(
      [subject.storage, other, subject.storage, other].map(
        async ({ ingest }) => (await ingest.store(batch, () => change())).outcome,
      ),
    )
    deepEqual(outcomes.sort(), ["known", "known", "known", "stored"])
  })
}
