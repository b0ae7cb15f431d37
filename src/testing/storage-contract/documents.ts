import { deepEqual, equal, rejects } from "node:assert/strict"
import type { NewJob } from "../../model/job.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleJob, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Documents of collections. */
export function describeDocuments({ it }: ContractRunner, subject: StorageSubject): void {
  const sample = (organisation: string, id: string, json = "{}", collection = "users") => ({
    organisation,
    collection,
    id,
    json,
    createdAt: sampleTime,
    updatedAt: sampleTime,
  })

  it("keeps a document as it is, and takes its id once", async () => {
    const { storage, organisation } = subject
    const document = sample(organisation, "1", JSON.stringify({ text: awkwardText, list: [1, null] }))
    equal(await storage.documents.insert(document), true)
    equal(await storage.documents.insert(sample(organisation, "1")), false)
    deepEqual(await storage.documents.find(organisation, "users", "1"), { ...document, revision: 1 })
    equal(await storage.documents.find(organisation, "orders", "1"), null)
    equal(await storage.documents.remove({ organisation, collection: "users", id: "1" }), true)
    equal(await storage.documents.remove({ organisation, collection: "users", id: "1" }), false)
  })

  it("lets one of ten changes of a revision through", async () => {
    const { storage, organisation } = subject
    await storage.documents.insert(sample(organisation, "1"))
    const changes = Array.from({ length: 10 }, (_, index) => `{"n":${index}}`)
    const change = { organisation, collection: "users", id: "1", revision: 1, updatedAt: sampleTime + 5 }
    const done = await Promise.all(changes.map((json) => storage.documents.replace({ ...change, json })))
    equal(done.filter(Boolean).length, 1)
    const json = changes[done.indexOf(true)] ?? ""
    const changed = { ...sample(organisation, "1", json), revision: 2, updatedAt: sampleTime + 5 }
    deepEqual(await storage.documents.find(organisation, "users", "1"), changed)
    equal(await storage.documents.replace({ ...change, id: "2", json }), false)
  })

  it("puts the jobs of a change that takes place, and of no other", async () => {
    const { storage, organisation } = subject
    const place = { organisation, collection: "users", id: "1" }
    const change = { ...place, json: "{}", revision: 1, updatedAt: sampleTime }
    const attempts = [
      (jobs: readonly NewJob[]) => storage.documents.insert(sample(organisation, "1"), jobs),
      (jobs: readonly NewJob[]) => storage.documents.replace(change, jobs),
      (jobs: readonly NewJob[]) => storage.documents.remove({ ...place, revision: 2 }, jobs),
    ]
    for (const attempt of attempts) {
      const [first, second] = [sampleJob(organisation), sampleJob(organisation)]
      deepEqual([await attempt([first]), await attempt([second])], [true, false])
      equal((await storage.queue.find(organisation, first.id))?.status, "waiting")
      equal(await storage.queue.find(organisation, second.id), null)
    }
  })

  it("makes no change whose jobs cannot be put", async () => {
    const { storage, organisation } = subject
    const broken = { ...sampleJob(organisation), target: null } as unknown as NewJob
    await rejects(storage.documents.insert(sample(organisation, "1"), [broken]))
    equal(await storage.documents.find(organisation, "users", "1"), null)
  })

  it("lists a collection by id, page after page", async () => {
    const { storage, organisation } = subject
    for (const id of ["b", "a", "C"]) await storage.documents.insert(sample(organisation, id))
    await storage.documents.insert(sample(organisation, "B", "{}", "others"))
    const first = await storage.documents.list(organisation, "users", { limit: 2 })
    deepEqual([first.items.map((item) => item.id), first.next], [["C", "a"], "a"])
    const second = await storage.documents.list(organisation, "users", { limit: 2, cursor: "a" })
    deepEqual([second.items.map((item) => item.id), second.next], [["b"], null])
  })

  it("ends a page where its documents grow large, and shows every one of them", async () => {
    const { storage, organisation } = subject
    for (const [id, size] of [700_000, 700_000, 5, 2_000_000, 1_100_000, 5].entries()) {
      await storage.documents.insert(sample(organisation, String(id), JSON.stringify({ text: "é".repeat(size / 2) })))
    }
    const pages: number[] = []
    for (let cursor: string | undefined; ; ) {
      const request = { limit: 4, ...(cursor !== undefined && { cursor }) }
      const page = await storage.documents.list(organisation, "users", request)
      pages.push(page.items.length)
      if (page.next === null) break
      cursor = page.next
    }
    deepEqual(pages, [2, 2, 1, 1])
  })

  it("shows nothing of one organisation to another", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    const { documents } = storage
    await documents.insert(sample(organisation, "1", '{"secret":1}'))
    equal(await documents.find(other, "users", "1"), null)
    deepEqual(await documents.list(other, "users", { limit: 10 }), { items: [], next: null })
    equal(await documents.replace({ ...sample(other, "1"), revision: 1 }), false)
    equal(await documents.remove({ organisation: other, collection: "users", id: "1" }), false)
    equal(await documents.insert(sample(other, "1")), true)
    equal((await documents.find(organisation, "users", "1"))?.json, '{"secret":1}')
  })
}
