import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { ascendingIds, awkwardText, sampleRun, sampleStep, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Runs of pipelines, and what they write down on their way. */
export function describeRuns({ it }: ContractRunner, subject: StorageSubject): void {
  const failure = { code: "FN_004", name: "Error", message: awkwardText, stack: "" } as const
  const begin = async () => {
    const { storage, organisation } = subject
    const run = sampleRun(organisation, "p")
    const { fence } = await storage.pipelines.claim(run)
    return { run, fence, store: storage.pipelines, organisation }
  }

  it("adds a run with its first claim and keeps what it writes down", async () => {
    const { run, fence, store, organisation } = await begin()
    const steps = [
      sampleStep("0", { output: JSON.stringify({ text: awkwardText }) }),
      sampleStep("1", { status: "failed", error: failure, output: null, cached: true }),
      sampleStep("2", { status: "waiting", wakeAt: sampleTime + 9, awaited: { type: "paid", match: { a: 1 } } }),
    ]
    for (const step of steps) equal(await store.writeStep(organisation, run.id, fence, step), true)
    deepEqual(await store.findRun(organisation, run.id), run)
    deepEqual(await store.listSteps(organisation, run.id), steps)
    equal(await store.findRun(`${organisation}-other`, run.id), null)
    deepEqual(await store.listSteps(`${organisation}-other`, run.id), [])
  })

  it("begins a run with the steps that come with it", async () => {
    const { storage, organisation } = subject
    const run = sampleRun(organisation, "p")
    const steps = [sampleStep("0"), sampleStep("1")]
    deepEqual((await storage.pipelines.claim(run, steps)).steps, steps)
    deepEqual((await storage.pipelines.claim(run)).steps, steps)
  })

  it("gives a claimed run to the next with what was written down, and does not hear the one before", async () => {
    const { run, fence, store, organisation } = await begin()
    await store.writeStep(organisation, run.id, fence, sampleStep("0"))
    const next = await store.claim(run)
    deepEqual(
      next.steps.map(({ path }) => path),
      ["0"],
    )
    equal(await store.writeStep(organisation, run.id, fence, sampleStep("1")), false)
    equal(await store.writeStep(organisation, run.id, next.fence, sampleStep("1")), true)
    const ended = { status: "succeeded", output: "1", error: null, endedAt: sampleTime + 9 } as const
    equal(await store.updateRun(organisation, run.id, fence, ended), false)
    equal(await store.updateRun(organisation, run.id, next.fence, ended), true)
    deepEqual(await store.findRun(organisation, run.id), { ...run, ...ended })
  })

  it("writes a step down once: what has ended stays, what waits may end", async () => {
    const { run, fence, store, organisation } = await begin()
    const write = (step: Parameters<typeof store.writeStep>[3]) => store.writeStep(organisation, run.id, fence, step)
    equal(await write(sampleStep("0", { status: "waiting", attempts: 1 })), true)
    equal(await write(sampleStep("0", { status: "waiting", attempts: 2 })), true)
    const ended = sampleStep("0", { attempts: 3 })
    equal(await write(ended), true)
    equal(await write(sampleStep("0", { output: '"other"' })), false)
    deepEqual(await store.listSteps(organisation, run.id), [ended])
  })

  it("writes the steps of many runs down at once, each under its own claim", async () => {
    const begun = await Promise.all(Array.from({ length: 20 }, begin))
    const written = await Promise.all(
      begun.flatMap(({ run, fence, store, organisation }) => [
        store.writeStep(organisation, run.id, fence, sampleStep("0")),
        store.writeStep(organisation, run.id, fence + 1, sampleStep("1")),
      ]),
    )
    deepEqual(
      written,
      begun.flatMap(() => [true, false]),
    )
  })

  it("leaves a run that has ended as it is", async () => {
    const { run, store, organisation } = await begin()
    equal(await store.cancelRun(organisation, run.id, failure, sampleTime + 1), true)
    equal(await store.cancelRun(organisation, run.id, failure, sampleTime + 2), false)
    const claim = await store.claim(run)
    deepEqual([claim.run.status, claim.run.error, claim.run.endedAt], ["cancelled", failure, sampleTime + 1])
    equal(await store.writeStep(organisation, run.id, claim.fence, sampleStep("0")), false)
  })

  it("finds the steps that wait for an event, and ends each once", async () => {
    const { run, fence, store, organisation } = await begin()
    const waiting = sampleStep("0", {
      kind: "event",
      status: "waiting",
      output: null,
      endedAt: null,
      awaited: { type: "paid", match: { "data.id": 7 } },
    })
    await store.writeStep(organisation, run.id, fence, waiting)
    deepEqual(await store.listAwaiting(organisation, "paid"), [{ organisation, runId: run.id, step: waiting }])
    deepEqual(await store.listAwaiting(organisation, "other"), [])
    deepEqual(await store.listAwaiting(`${organisation}-other`, "paid"), [])
    const resolved = { ...waiting, status: "succeeded", output: '"event"', endedAt: sampleTime + 3 } as const
    equal(await store.resolveStep(organisation, run.id, resolved), true)
    equal(await store.resolveStep(organisation, run.id, resolved), false)
    deepEqual(await store.listAwaiting(organisation, "paid"), [])
    deepEqual(await store.listSteps(organisation, run.id), [resolved])
  })

  it("lists the runs of a pipeline newest first, page after page", async () => {
    const { storage, organisation } = subject
    const ids = ascendingIds(3)
    for (const id of ids) await storage.pipelines.claim(sampleRun(organisation, "p", { id }))
    await storage.pipelines.claim(sampleRun(organisation, "other"))
    const [a, b, c] = ids
    const first = await storage.pipelines.listRuns(organisation, "p", { limit: 2 })
    deepEqual([first.items.map((item) => item.id), first.next], [[c, b], b])
    const second = await storage.pipelines.listRuns(organisation, "p", { limit: 2, cursor: first.next ?? "" })
    deepEqual([second.items.map((item) => item.id), second.next], [[a], null])
  })

  it("keeps the output of a step until its time is over", async () => {
    const { storage, organisation } = subject
    const { pipelines } = storage
    await pipelines.keepCached(organisation, "key", '"a"', sampleTime + 10)
    await pipelines.keepCached(organisation, "key", null, sampleTime + 20)
    deepEqual(await pipelines.findCached(organisation, "key", sampleTime + 19), { output: null })
    equal(await pipelines.findCached(organisation, "key", sampleTime + 20), null)
    equal(await pipelines.findCached(`${organisation}-other`, "key", sampleTime), null)
    equal(await pipelines.expireCached(sampleTime + 19, 10), 0)
    equal(await pipelines.expireCached(sampleTime + 20, 10), 1)
  })
}
