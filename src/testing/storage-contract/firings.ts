import { deepEqual, equal } from "node:assert/strict"
import type { TriggerRecord } from "../../model/trigger.ts"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleDeployment, sampleFiring, sampleJob, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** What triggers fired. */
export function describeFirings({ it }: ContractRunner, subject: StorageSubject): void {
  async function trigger(): Promise<TriggerRecord> {
    const { storage, organisation } = subject
    const triggers = [{ type: "event", event: "order.paid" }] as const
    await storage.functions.commit(sampleDeployment(organisation, "greet", "1", { triggers }))
    const { items } = await storage.triggers.list(organisation, {}, { limit: 1 })
    const [found] = items
    if (!found) throw new Error("Cannot test firings: the deployment has made no trigger")
    return found
  }

  it("are written down with their jobs, and tell when the trigger fired last", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    const event = { data: awkwardText, list: [null, 1.5, { a: true }] }
    const entry = sampleFiring(declared, { key: "e-1", event, scheduledFor: sampleTime - 7, cause: "schedule" })
    deepEqual(await storage.triggers.fire([entry]), [entry.firing])
    deepEqual(await storage.triggers.findFiring(organisation, declared.id, entry.firing.id), entry.firing)
    equal((await storage.queue.find(organisation, entry.firing.jobId ?? ""))?.status, "waiting")
    equal((await storage.triggers.find(organisation, declared.id))?.lastFiredAt, sampleTime)
  })

  it("without a job are written down too, and tell nothing of when it fired", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    const skipped = sampleFiring(declared, { outcome: "skipped", reason: "The trigger is paused." })
    const refused = sampleFiring(declared, { outcome: "refused", reason: "FN_001", originId: skipped.firing.id })
    deepEqual(await storage.triggers.fire([skipped, refused]), [skipped.firing, refused.firing])
    equal((await storage.triggers.find(organisation, declared.id))?.lastFiredAt, null)
    deepEqual(await storage.triggers.fire([]), [])
  })

  it("happen once for a key, whoever fires it, and put one job", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    const entries = Array.from({ length: 8 }, () => sampleFiring(declared, { key: "e-1" }))
    const answers = await Promise.all(entries.map((entry) => storage.triggers.fire([entry])))
    const ids = new Set(answers.flat().map(({ id }) => id))
    equal(ids.size, 1)
    equal((await storage.triggers.listFirings(organisation, declared.id, { limit: 10 })).items.length, 1)
    equal((await storage.queue.list(organisation, {}, { limit: 10 })).items.length, 1)
    const [again] = await storage.triggers.fire([sampleFiring(declared, { key: "e-1", event: "other" })])
    deepEqual(again, answers[0]?.[0])
  })

  it("happen once for a key within one call, and each time without one", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    const [one, same, free, freeToo] = [
      sampleFiring(declared, { key: "k" }),
      sampleFiring(declared, { key: "k" }),
      sampleFiring(declared),
      sampleFiring(declared),
    ] as const
    const answers = await storage.triggers.fire([one, same, free, freeToo])
    deepEqual(answers, [one.firing, one.firing, free.firing, freeToo.firing])
    equal((await storage.queue.list(organisation, {}, { limit: 10 })).items.length, 3)
  })

  it("have keys of their trigger's own", async () => {
    const { storage, organisation } = subject
    const first = sampleFiring(await trigger(), { key: "k" })
    const second = sampleFiring({ organisation, id: newId(sampleTime) }, { key: "k" })
    deepEqual(await storage.triggers.fire([first, second]), [first.firing, second.firing])
  })

  it("are not written where their job cannot be put", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    const entry = sampleFiring(declared)
    const broken = { ...entry, job: { ...sampleJob(organisation), kind: null as never } }
    equal(await storage.triggers.fire([broken]).then(Boolean, () => null), null)
    equal(await storage.triggers.findFiring(organisation, declared.id, entry.firing.id), null)
  })

  it("wake whoever waits for jobs", async () => {
    const { storage } = subject
    const declared = await trigger()
    let woken = 0
    const stop = storage.queue.watch(() => {
      woken += 1
    })
    await storage.triggers.fire([sampleFiring(declared, { outcome: "skipped" })])
    const before = woken
    await storage.triggers.fire([sampleFiring(declared)])
    equal(woken > before, true)
    stop()
  })

  it("are listed newest first, page after page, and outlive their trigger", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    const entries = [sampleFiring(declared), sampleFiring(declared), sampleFiring(declared)]
    await storage.triggers.fire(entries)
    await storage.functions.remove(organisation, declared.target.id)
    const newest = entries.map(({ firing }) => firing).reverse()
    const first = await storage.triggers.listFirings(organisation, declared.id, { limit: 2 })
    deepEqual([first.items, first.next], [newest.slice(0, 2), newest[1]?.id])
    const second = await storage.triggers.listFirings(organisation, declared.id, { limit: 2, cursor: first.next ?? "" })
    deepEqual([second.items, second.next], [newest.slice(2), null])
  })

  it("of one organisation are not those of another", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    const entry = sampleFiring(declared, { key: "k" })
    await storage.triggers.fire([entry])
    const other = `${organisation}-other`
    equal(await storage.triggers.findFiring(other, declared.id, entry.firing.id), null)
    deepEqual(await storage.triggers.listFirings(other, declared.id, { limit: 10 }), { items: [], next: null })
    const theirs = sampleFiring({ organisation: other, id: declared.id }, { key: "k" })
    deepEqual(await storage.triggers.fire([theirs]), [theirs.firing])
  })

  it("are removed after their time, a few at once", async () => {
    const { storage, organisation } = subject
    const declared = await trigger()
    // Long before whatever else the storage holds.
    const old = [3, 1, 2].map((firedAt) => sampleFiring(declared, { firedAt }))
    await storage.triggers.fire([...old, sampleFiring(declared)])
    equal(await storage.triggers.expireFirings(3, 1), 1)
    equal(await storage.triggers.expireFirings(3, 10), 1)
    equal(await storage.triggers.expireFirings(3, 10), 0)
    const { items } = await storage.triggers.listFirings(organisation, declared.id, { limit: 10 })
    deepEqual(
      items.map(({ firedAt }) => firedAt),
      [sampleTime, 3],
    )
  })
}
