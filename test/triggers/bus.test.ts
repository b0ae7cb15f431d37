import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import type { TriggerRecord } from "../../src/model/trigger.ts"
import type { BusTrigger } from "../../src/model/trigger-declaration.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleFunction, sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { type Bus, createBus } from "../../src/triggers/bus/create-bus.ts"
import { newId } from "../../src/util/id.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

let storage: Storage
let bus: Bus
let nowMs = Date.UTC(2030, 0, 1)
/** How often the storage was asked for the active triggers. */
let reads = 0

beforeAll(async () => {
  storage = await openMemoryStorage()
  bus = createBus({
    store: {
      ...storage.triggers,
      listActive: (organisation) => {
        reads += 1
        return storage.triggers.listActive(organisation)
      },
    },
    prepare: {
      async function(organisation, { name }, event) {
        if (name === "gone") throw new FunctionsError("FN_001", "Cannot find it.")
        if (name === "closing") throw new FunctionsError("FN_008", "Cannot take it.")
        return sampleJob(organisation, { target: name, payload: JSON.stringify(event) })
      },
      pipeline: async (organisation, { name }) => sampleJob(organisation, { kind: "pipeline", target: name }),
    },
    now: () => nowMs,
    newId,
  })
})
afterAll(() => storage.close())

/** A function that declares this trigger, in an organisation of its own. */
async function declare(name: string, configuration: BusTrigger): Promise<TriggerRecord> {
  const organisation = `o-${newId(nowMs)}`
  await storage.functions.create(sampleFunction(organisation, name, { triggers: [configuration] }))
  const [trigger] = (await storage.triggers.list(organisation, {}, { limit: 1 })).items
  if (!trigger) throw new Error("Nothing was declared.")
  return trigger
}

const paid = { type: "event", event: "order.paid" } as const

describe("the bus", () => {
  it("puts a job for the target and writes the firing down", async () => {
    const trigger = await declare("greet", paid)
    const firing = await bus.fire(trigger, { cause: "event", key: "e-1", event: { total: 3 } })
    expect(firing).toMatchObject({ outcome: "queued", firedAt: nowMs, event: { total: 3 }, scheduledFor: null })
    const job = await storage.queue.find(trigger.organisation, firing.jobId ?? "")
    expect(job).toMatchObject({ target: "greet", payload: '{"total":3}' })
  })

  it("answers the first firing to whoever fires the same key again", async () => {
    const trigger = await declare("greet", paid)
    const first = await bus.fire(trigger, { cause: "event", key: "e-1", event: 1 })
    expect(await bus.fire(trigger, { cause: "event", key: "e-1", event: 2 })).toEqual(first)
    expect((await bus.fire(trigger, { cause: "event", key: "e-2", event: 2 })).id).not.toBe(first.id)
  })

  it("skips a paused trigger, but for trials and replays", async () => {
    const paused = { ...(await declare("greet", paid)), status: "paused" as const }
    const skipped = await bus.fire(paused, { cause: "event", key: null, event: 1 })
    expect(skipped).toMatchObject({ outcome: "skipped", reason: "The trigger is paused.", jobId: null })
    for (const cause of ["test", "replay"] as const) {
      expect(await bus.fire(paused, { cause, key: null, event: 1 })).toMatchObject({ cause, outcome: "queued" })
    }
  })

  it("writes down why a target cannot be called", async () => {
    const firing = await bus.fire(await declare("gone", paid), { cause: "event", key: null, event: undefined })
    expect(firing).toMatchObject({ outcome: "refused", reason: "FN_001: Cannot find it.", jobId: null, event: null })
  })

  it("rejects while the service closes, so that whoever fires tries again elsewhere", async () => {
    const trigger = await declare("closing", paid)
    await expect(bus.fire(trigger, { cause: "event", key: "k", event: 1 })).rejects.toMatchObject({ code: "FN_008" })
    expect((await storage.triggers.listFirings(trigger.organisation, trigger.id, { limit: 1 })).items).toEqual([])
  })
})

describe("the active triggers", () => {
  it("are read once, and again when what was read is two seconds old", async () => {
    const trigger = await declare("greet", paid)
    const { organisation, id } = trigger
    reads = 0
    expect(await bus.triggersOf(organisation, "event")).toEqual([trigger])
    expect(await bus.triggersOf(organisation, "webhook")).toEqual([])
    // Another process has paused it.
    await storage.triggers.setStatus(organisation, id, "paused", nowMs)
    nowMs += 2000
    expect(await bus.triggersOf(organisation, "event")).toEqual([trigger])
    expect(reads).toBe(1)
    nowMs += 1
    expect(await bus.triggersOf(organisation, "event")).toEqual([])
    expect(reads).toBe(2)
  })

  it("are read again at once where this process has changed them", async () => {
    const trigger = await declare("greet", paid)
    await bus.triggersOf(trigger.organisation, "event")
    await storage.triggers.setStatus(trigger.organisation, trigger.id, "paused", nowMs)
    bus.changed(trigger.organisation)
    expect(await bus.triggersOf(trigger.organisation, "event")).toEqual([])
  })
})
