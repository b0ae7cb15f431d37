import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleJob, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Files of buckets. */
export function describeFiles({ it }: ContractRunner, subject: StorageSubject): void {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  const sample = (organisation: string, path: string, size = bytes.length, bucket = "uploads") => ({
    organisation,
    bucket,
    path,
    size,
    type: "image/jpeg",
    updatedAt: sampleTime,
  })

  it("gives back every byte, and replaces what was there", async () => {
    const { storage, organisation } = subject
    const file = sample(organisation, "a.jpg")
    await storage.files.save(file, bytes)
    deepEqual(await storage.files.find(organisation, "uploads", "a.jpg"), file)
    deepEqual(await storage.files.read(organisation, "uploads", "a.jpg"), bytes)
    const empty = { ...file, size: 0, type: "text/plain", updatedAt: sampleTime + 1 }
    await storage.files.save(empty, new Uint8Array())
    deepEqual(await storage.files.find(organisation, "uploads", "a.jpg"), empty)
    deepEqual(await storage.files.read(organisation, "uploads", "a.jpg"), new Uint8Array())
    equal(await storage.files.remove(organisation, "uploads", "a.jpg"), true)
    equal(await storage.files.remove(organisation, "uploads", "a.jpg"), false)
    equal(await storage.files.read(organisation, "uploads", "a.jpg"), null)
  })

  it("puts the jobs of a change that takes place, and of no other", async () => {
    const { storage, organisation } = subject
    const [saved, removed, missed] = [sampleJob(organisation), sampleJob(organisation), sampleJob(organisation)]
    await storage.files.save(sample(organisation, "a"), bytes, [saved])
    equal(await storage.files.remove(organisation, "uploads", "a", [removed]), true)
    equal(await storage.files.remove(organisation, "uploads", "a", [missed]), false)
    for (const { id } of [saved, removed]) equal((await storage.queue.find(organisation, id))?.status, "waiting")
    equal(await storage.queue.find(organisation, missed.id), null)
  })

  it("lists the paths of a prefix, page after page", async () => {
    const { storage, organisation } = subject
    for (const path of ["b/2", "b/1", "a", "c"]) await storage.files.save(sample(organisation, path), bytes)
    await storage.files.save(sample(organisation, "b/3", bytes.length, "others"), bytes)
    const first = await storage.files.list(organisation, "uploads", "b/", { limit: 1 })
    deepEqual(first, { items: [sample(organisation, "b/1")], next: "b/1" })
    const second = await storage.files.list(organisation, "uploads", "b/", { limit: 1, cursor: "b/1" })
    deepEqual(second, { items: [sample(organisation, "b/2")], next: null })
  })

  it("shows nothing of one organisation to another", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    const { files } = storage
    await files.save(sample(organisation, "a"), bytes)
    equal(await files.find(other, "uploads", "a"), null)
    equal(await files.read(other, "uploads", "a"), null)
    deepEqual(await files.list(other, "uploads", "", { limit: 10 }), { items: [], next: null })
    equal(await files.remove(other, "uploads", "a"), false)
    await files.save(sample(other, "a", 1), Uint8Array.of(1))
    deepEqual(await files.read(organisation, "uploads", "a"), bytes)
  })
}
