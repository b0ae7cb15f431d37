import { deepEqual, equal } from "node:assert/strict"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleRun, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Pipelines. */
export function describePipelines({ it }: ContractRunner, subject: StorageSubject): void {
  const steps = [{ kind: "function", name: "clean", function: "clean_data@live" }] as const

  it("saves a pipeline and finds it by name", async () => {
    const { storage, organisation } = subject
    const id = newId(sampleTime)
    const saved = await storage.pipelines.save(organisation, { name: "segment", steps }, id, sampleTime)
    const times = { createdAt: sampleTime, updatedAt: sampleTime }
    deepEqual(saved, { id, organisation, name: "segment", steps, triggers: [], ...times })
    deepEqual(await storage.pipelines.find(organisation, "segment"), saved)
    equal(await storage.pipelines.find(organisation, "other"), null)
  })

  it("replaces the definition under its name while id and creation stay", async () => {
    const { storage, organisation } = subject
    const saved = await storage.pipelines.save(organisation, { name: "p", steps }, newId(sampleTime), sampleTime)
    const changed = { name: "p", steps: [...steps, { ...steps[0], name: "again" }] }
    const again = await storage.pipelines.save(organisation, changed, newId(sampleTime), sampleTime + 1)
    deepEqual(again, { ...saved, steps: changed.steps, updatedAt: sampleTime + 1 })
    deepEqual(await storage.pipelines.find(organisation, "p"), again)
  })

  it("makes one pipeline of ten saves of a name at once", async () => {
    const { storage, organisation } = subject
    const saved = await Promise.all(
      Array.from({ length: 10 }, () =>
        storage.pipelines.save(organisation, { name: "p", steps }, newId(sampleTime), sampleTime),
      ),
    )
    equal(new Set(saved.map((record) => record.id)).size, 1)
  })

  it("lists by name, page after page", async () => {
    const { storage, organisation } = subject
    for (const name of ["b", "a", "C"]) {
      await storage.pipelines.save(organisation, { name, steps }, newId(sampleTime), sampleTime)
    }
    const first = await storage.pipelines.list(organisation, { limit: 2 })
    deepEqual([first.items.map((item) => item.name), first.next], [["C", "a"], "a"])
    const second = await storage.pipelines.list(organisation, { limit: 2, cursor: "a" })
    deepEqual([second.items.map((item) => item.name), second.next], [["b"], null])
  })

  it("removes a pipeline and keeps its runs", async () => {
    const { storage, organisation } = subject
    await storage.pipelines.save(organisation, { name: "p", steps }, newId(sampleTime), sampleTime)
    const run = sampleRun(organisation, "p")
    await storage.pipelines.claim(run)
    equal(await storage.pipelines.remove(organisation, "p"), true)
    equal(await storage.pipelines.remove(organisation, "p"), false)
    equal(await storage.pipelines.find(organisation, "p"), null)
    deepEqual(await storage.pipelines.findRun(organisation, run.id), run)
  })

  it("shows nothing of one organisation to another", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    const { pipelines } = storage
    const mine = await pipelines.save(organisation, { name: "p", steps }, newId(sampleTime), sampleTime)
    equal(await pipelines.find(other, "p"), null)
    deepEqual(await pipelines.list(other, { limit: 10 }), { items: [], next: null })
    equal(await pipelines.remove(other, "p"), false)
    const theirs = await pipelines.save(other, { name: "p", steps: [] }, newId(sampleTime), sampleTime)
    equal(theirs.id === mine.id, false)
    deepEqual(await pipelines.find(organisation, "p"), mine)
  })
}
