import { deepEqual, equal } from "node:assert/strict"
import type { StepRow } from "../../ports/pipeline-storage.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { ascendingIds, awkwardText, sampleRun, sampleStep, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Runs of pipelines, and what they write down on their way. */
export function describeRuns({ it }: ContractRunner, subject: StorageSubject): void {
  const failure = { code: "FN_004", name: "Error", message: awkwardText, stack: "" } as const
  const cancelled = (ms: number) => ({ status: "cancelled", error: failure, endedAt: sampleTime + ms }) as const
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

  it("goes on with a run for who claimed it last, telling what was ended from outside since then", async () => {
    const { run, fence, store, organisation } = await begin()
    const awaited = { type: "paid", match: {} }
    const waiting = sampleStep("1", { status: "waiting", output: null, endedAt: null, awaited })
    for (const step of [sampleStep("0"), waiting]) await store.writeStep(organisation, run.id, fence, step)
    const first = await store.resume(organisation, run.id, fence)
    deepEqual(first?.steps, [])
    equal(await store.writeStep(organisation, run.id, fence, sampleStep("2")), false)
    const ended = { ...waiting, status: "succeeded", output: "1", endedAt: sampleTime } as const
    equal(await store.resolveSteps(organisation, run.id, [ended], null), 1)
    const second = await store.resume(organisation, run.id, first?.fence ?? 0)
    deepEqual(second?.steps, [ended])
    equal(await store.writeStep(organisation, run.id, second?.fence ?? 0, sampleStep("2")), true)
    equal(await store.resume(organisation, run.id, fence), null)
    equal(await store.failRun(organisation, run.id, failure), true)
    equal(await store.resume(organisation, run.id, second?.fence ?? 0), null)
    const whole = await store.reclaim(organisation, run.id)
    deepEqual([whole?.run.error, whole?.steps.map(({ path }) => path)], [failure, ["0", "1", "2"]])
    equal(await store.reclaim(organisation, "other"), null)
  })

  it("ends what waits in a run with it where it is cancelled", async () => {
    const { run, fence, store, organisation } = await begin()
    const waiting = sampleStep("0", { status: "waiting", output: null, endedAt: null, wakeAt: sampleTime + 9 })
    await store.writeStep(organisation, run.id, fence, waiting)
    await store.endRun(organisation, run.id, cancelled(1))
    const skipped = { ...waiting, status: "skipped", endedAt: sampleTime + 1, wakeAt: null } as const
    deepEqual(await store.listSteps(organisation, run.id), [skipped])
  })

  it("knows what related runs have undone", async () => {
    const { store, organisation } = await begin()
    const done = sampleStep("0")
    const ids = ascendingIds(3)
    for (const [index, id] of ids.entries()) {
      const { fence } = await store.claim(sampleRun(organisation, "p", { id, originId: ids[index - 1] ?? null }))
      await store.writeStep(organisation, id, fence, done)
      if (index !== 1) continue
      const undoing = sampleStep("0.compensate", { position: 1, kind: "compensation" })
      await store.writeStep(organisation, id, fence, undoing)
    }
    for (const id of ids) deepEqual(await store.listUndone(organisation, id), new Set([done.invocationId]))
    deepEqual(await store.listUndone(`${organisation}-other`, ids[0] ?? ""), new Set())
    const alone = sampleRun(organisation, "p")
    await store.claim(alone)
    deepEqual(await store.listUndone(organisation, alone.id), new Set())
  })

  it("knows the first of related runs, and one that has not ended", async () => {
    const { store, organisation } = await begin()
    const ids = ascendingIds(3)
    for (const [index, id] of ids.entries()) {
      await store.claim(sampleRun(organisation, "p", { id, originId: ids[index - 1] ?? null }))
      if (index !== 1) await store.endRun(organisation, id, cancelled(1))
    }
    const [eldestId = "", openId = ""] = ids
    for (const id of ids) deepEqual(await store.findFamily(organisation, id), { eldestId, openId })
    await store.endRun(organisation, openId, cancelled(1))
    deepEqual(await store.findFamily(organisation, openId), { eldestId, openId: null })
    deepEqual(await store.findFamily(`${organisation}-other`, openId), { eldestId: openId, openId: null })
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
    deepEqual(
      [await store.findStatus(organisation, run.id), await store.findStatus(organisation, "other")],
      ["running", null],
    )
    equal(await store.endRun(organisation, run.id, cancelled(1)), true)
    equal(await store.findStatus(organisation, run.id), "cancelled")
    equal(await store.endRun(organisation, run.id, cancelled(2)), false)
    const claim = await store.claim(run)
    deepEqual([claim.run.status, claim.run.error, claim.run.endedAt], ["cancelled", failure, sampleTime + 1])
    equal(await store.writeStep(organisation, run.id, claim.fence, sampleStep("0")), false)
  })

  it("has a run fail for whoever claims it next, once", async () => {
    const { run, fence, store, organisation } = await begin()
    equal(await store.failRun(`${organisation}-other`, run.id, failure), false)
    equal(await store.failRun(organisation, run.id, failure), true)
    equal(await store.failRun(organisation, run.id, { ...failure, message: "second" }), false)
    equal(await store.writeStep(organisation, run.id, fence, sampleStep("0")), false)
    const claim = await store.claim(run)
    deepEqual([claim.run.status, claim.run.error, claim.run.endedAt], ["running", failure, null])
    equal(await store.writeStep(organisation, run.id, claim.fence, sampleStep("0")), true)
    equal(await store.endRun(organisation, run.id, cancelled(1)), true)
    equal(await store.failRun(organisation, run.id, failure), false)
  })

  it("finds the steps that wait for an event, and ends each once", async () => {
    const { run, fence, store, organisation } = await begin()
    const waiting = sampleStep("0", {
      kind: "event",
      status: "waiting",
      output: null,
      endedAt: null,
      awaited: { type: "paid", match: { "data.id": 7 }, filter: { prefix: { source: "shop" } } },
    })
    await store.writeStep(organisation, run.id, fence, waiting)
    const listed = async (type: string, owner = organisation) =>
      (await store.listAwaiting(owner, type, { limit: 10 })).items
    deepEqual(await listed("paid"), [{ runId: run.id, steps: [waiting] }])
    deepEqual(await listed("other"), [])
    deepEqual(
      [await store.isAwaited(organisation, "paid"), await store.isAwaited(organisation, "other")],
      [true, false],
    )
    deepEqual(await listed("paid", `${organisation}-other`), [])
    const resolved = { ...waiting, status: "succeeded", output: '"event"', endedAt: sampleTime + 3 } as const
    equal(await store.resolveSteps(organisation, run.id, [resolved], "event"), 1)
    equal(await store.resolveSteps(organisation, run.id, [resolved], "other event"), 0)
    equal(await store.isAwaited(organisation, "paid"), false)
    deepEqual(await listed("paid"), [])
    deepEqual(await store.listSteps(organisation, run.id), [resolved])
  })

  it("has an event end what waits for it in a run together, and nothing of that run that waits later", async () => {
    const { run, fence, store, organisation } = await begin()
    const awaited = { type: "paid", match: {} }
    const waiting = { kind: "event", status: "waiting", output: null, endedAt: null, awaited } as const
    const left = sampleStep("0.left.0", { ...waiting, position: 0 })
    const right = sampleStep("0.right.0", { ...waiting, position: 1 })
    const later = sampleStep("1", { ...waiting, position: 2 })
    const end = (steps: readonly StepRow[], key: string | null) =>
      store.resolveSteps(
        organisation,
        run.id,
        steps.map((step) => ({ ...step, status: "succeeded" as const })),
        key,
      )
    for (const step of [left, right]) await store.writeStep(organisation, run.id, fence, step)
    equal(await end([left, right], "event"), 2)
    await store.writeStep(organisation, run.id, fence, later)
    equal(await end([later], "event"), 0)
    equal(await end([later], null), 1)
  })

  it("lists runs that wait for an event page after page, each with all that waits in it", async () => {
    const { storage, organisation } = subject
    const { pipelines } = storage
    const ids = ascendingIds(3)
    for (const id of ids) {
      const { fence } = await pipelines.claim(sampleRun(organisation, "p", { id }))
      for (const [position, path] of ["0.left.0", "0.right.0"].entries()) {
        const awaited = { type: "paid", match: {} }
        await pipelines.writeStep(organisation, id, fence, sampleStep(path, { status: "waiting", position, awaited }))
      }
    }
    const first = await pipelines.listAwaiting(organisation, "paid", { limit: 2 })
    deepEqual([first.items.map(({ runId }) => runId), first.next], [ids.slice(0, 2), ids[1]])
    const second = await pipelines.listAwaiting(organisation, "paid", { limit: 2, cursor: first.next ?? "" })
    deepEqual(
      [second.items.map(({ runId, steps }) => [runId, steps.map(({ path }) => path)]), second.next],
      [[[ids[2], ["0.left.0", "0.right.0"]]], null],
    )
  })

  it("ends no step of a run that has failed or was cancelled", async () => {
    const waiting = { kind: "approval", status: "waiting", output: null, endedAt: null } as const
    for (const end of ["failed", "being undone"]) {
      const { run, fence, store, organisation } = await begin()
      const step = sampleStep("0", { ...waiting, awaited: { type: "left", match: {} } })
      await store.writeStep(organisation, run.id, fence, step)
      const isEnded =
        end === "failed"
          ? await store.endRun(organisation, run.id, { ...cancelled(1), status: "failed" })
          : await store.failRun(organisation, run.id, failure)
      equal(isEnded, true)
      equal(await store.findStatus(organisation, run.id), end === "failed" ? "failed" : "running")
      equal(await store.resolveSteps(organisation, run.id, [{ ...step, status: "succeeded" }], null), 0)
      deepEqual((await store.listAwaiting(organisation, "left", { limit: 10 })).items, [])
    }
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
