import { afterAll, beforeAll, expect, it } from "vitest"
import type { Job, Lease } from "../../../src/model/job.ts"
import type { TriggerRecord } from "../../../src/model/trigger.ts"
import type { BusTrigger } from "../../../src/model/trigger-declaration.ts"
import type { DoJob } from "../../../src/ports/queue.ts"
import type { Storage } from "../../../src/ports/storage.ts"
import { createEvents } from "../../../src/triggers/events/create-events.ts"
import { createSubscriptions } from "../../../src/triggers/events/subscriptions.ts"
import { createDeadLetters } from "../../../src/triggers/queue/dead-letters.ts"
import { newId, newTraceId } from "../../../src/util/id.ts"
import { openMemoryStorage } from "../../metrics/memory-storage.ts"

let storage: Storage
let nowMs = Date.UTC(2030, 0, 1)
const now = () => nowMs
beforeAll(async () => {
  storage = await openMemoryStorage()
})
afterAll(() => storage.close())

interface Given {
  readonly triggers?: readonly BusTrigger[]
  /** Names of triggers that cannot be fired just now. */
  readonly failing?: Set<string>
}

/** Events whose triggers are these, and what was fired by name and key. */
function start({ triggers = [], failing = new Set() }: Given = {}) {
  const fired: string[] = []
  const { fire } = createSubscriptions({
    triggersOf: async (_organisation, type) =>
      triggers
        .filter((configuration) => configuration.type === type)
        .map((configuration) => ({ id: configuration.name, configuration }) as TriggerRecord),
    async fire({ id }, { key }) {
      if (failing.has(id)) throw new Error("The database is away.")
      fired.push(`${id} ${key}`)
      return { id: "1", triggerId: id, outcome: "queued", jobId: null } as never
    },
  })
  const events = createEvents({
    queue: storage.queue,
    deliver: async () => 0,
    fire,
    now,
    newId,
    newTraceId,
    random: () => 1,
  })
  return { events, fired, failing }
}

/** Does what is due, and gives it as it is then. */
async function workOff(work: DoJob): Promise<readonly (Job | null)[]> {
  const { leases } = await storage.queue.take({ limit: 10, leaseMs: 1000, now: nowMs })
  const settle = async (lease: Lease) => {
    const verdict = await work(lease, new AbortController().signal)
    await storage.queue.settle([{ lease, at: nowMs, ...verdict }])
    return storage.queue.find(lease.job.organisation, lease.job.id)
  }
  return Promise.all(leases.map(settle))
}

const hears = (name: string, more: object = {}): BusTrigger => ({ type: "event", name, event: "paid", ...more })

it("An event whose delivery fails is tried again with growing waits, then kept, and does not hold up the next one", async () => {
  const failing = new Set(["second"])
  const { events, fired } = start({ triggers: [hears("first"), hears("second"), hears("third")], failing })
  const [published] = await events.publish("poison", [{ type: "paid" }])
  const [other] = await events.publish("poison", [{ type: "other" }])
  const id = published?.id ?? ""
  const jobs = await workOff(events.work)
  expect(jobs.map((job) => job?.status)).toEqual(["delayed", "succeeded"])
  expect((await events.get("poison", other?.id ?? "")).status).toBe("delivered")
  expect(fired).toEqual([`first ${id}`, `third ${id}`])
  for (let attempt = 2; attempt <= 10; attempt++) {
    nowMs = (await storage.queue.find("poison", id))?.runAt ?? 0
    await workOff(events.work)
  }
  const failed = await events.get("poison", id)
  expect(failed).toMatchObject({ status: "failed", error: { code: "FN_008", message: "The database is away." } })
  expect(failed.attempts).toHaveLength(10)

  failing.clear()
  fired.length = 0
  const letters = createDeadLetters({
    prepare: () => Promise.reject(new Error("Nothing is called here.")),
    queue: storage.queue,
    now,
    newId,
  })
  const again = await letters.replay("poison", id)
  await workOff(events.work)
  expect((await events.get("poison", again.id)).status).toBe("delivered")
  // The key is the first one's, so the bus fires none for it a second time.
  expect(fired).toEqual(["first", "second", "third"].map((name) => `${name} ${id}`))
})

it("An event that a replay has made none is final at once", async () => {
  const { events } = start()
  const [published] = await events.publish("edited", [{ type: "paid" }])
  await storage.queue.cancel("edited", published?.id ?? "", { code: "FN_008", name: "", message: "", stack: "" }, nowMs)
  const job = await storage.queue.find("edited", published?.id ?? "")
  if (!job) throw new Error("It is gone.")
  await storage.queue.put([{ ...job, id: newId(nowMs), payload: "key\n5", leasedUntil: null }])
  const [done] = await workOff(events.work)
  expect(done).toMatchObject({ status: "failed", attempt: 1, error: { code: "FN_006" } })
})

it("A process that is lost with it again and again does not take it for ever", async () => {
  const { events } = start()
  const [published] = await events.publish("lost", [{ type: "paid" }])
  for (let attempt = 1; attempt <= 10; attempt++) {
    await storage.queue.take({ limit: 10, leaseMs: 1000, now: nowMs })
    nowMs += 1000
  }
  await workOff(events.work)
  expect(await events.get("lost", published?.id ?? "")).toMatchObject({ status: "failed", error: { code: "FN_008" } })
})

it("A stored subscription that cannot be read fires for nothing, and keeps the event from nobody", async () => {
  const { events, fired } = start({ triggers: [hears("broken", { filter: "type =" }), hears("whole")] })
  const [published] = await events.publish("broken", [{ type: "paid" }])
  await workOff(events.work)
  expect(fired).toEqual([`whole ${published?.id}`])
})
