import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { BusTrigger } from "../../src/model/trigger-declaration.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleFunction, sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { createBus } from "../../src/triggers/bus/create-bus.ts"
import { createTriggers } from "../../src/triggers/bus/create-triggers.ts"
import { createScheduler, type Scheduler } from "../../src/triggers/schedules/create-scheduler.ts"
import { newId } from "../../src/util/id.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

const start = Date.UTC(2030, 0, 1, 12, 0, 0)
let nowMs = start
let storage: Storage
let schedulers: Scheduler[] = []
/** The waits that schedulers ask for: how long, and what ends them. */
let waits: { readonly ms: number; readonly end: () => unknown }[] = []
let failures: unknown[] = []
let listFails = false

beforeEach(async () => {
  nowMs = start
  waits = []
  failures = []
  listFails = false
  storage = await openMemoryStorage()
})
afterEach(async () => {
  for (const scheduler of schedulers) await scheduler.stop()
  schedulers = []
  await storage.close()
})

/** A scheduler that has done its first round. */
async function run(): Promise<Scheduler> {
  const bus = createBus({
    store: storage.triggers,
    prepare: {
      function: async (organisation, { name }, event) =>
        sampleJob(organisation, { target: name, payload: JSON.stringify(event), createdAt: nowMs, runAt: nowMs }),
      pipeline: async (organisation, { name }) => sampleJob(organisation, { kind: "pipeline", target: name }),
    },
    now: () => nowMs,
    newId,
  })
  const scheduler = createScheduler({
    store: {
      advance: storage.triggers.advance,
      listSchedules: async (limit, now) => {
        if (listFails) throw new Error("The database is away.")
        return storage.triggers.listSchedules(limit, now)
      },
    },
    bus,
    now: () => nowMs,
    wakeAfter: (ms, end) => {
      waits.push({ ms, end })
      return () => {}
    },
    random: () => 0.5,
    onError: (error) => failures.push(error),
  })
  schedulers.push(scheduler)
  scheduler.start()
  await settled()
  return scheduler
}

/** Resolves when the schedulers wait for something new. */
async function settled(count = 1): Promise<void> {
  while (waits.length < count) await new Promise((resolve) => setImmediate(resolve))
}

/** Sets the clock to this time and ends all waits; gives the wait that comes of it. */
async function advanceTo(time: number): Promise<number | undefined> {
  nowMs = time
  const ended = waits
  waits = []
  await Promise.all(ended.map(({ end }) => end()))
  await settled(ended.length)
  return waits[0]?.ms
}

async function declare(...triggers: readonly BusTrigger[]): Promise<string> {
  const organisation = `o-${newId(nowMs)}`
  await storage.functions.create(sampleFunction(organisation, "greet", { triggers, createdAt: nowMs }))
  return organisation
}

/** What was fired, in the order of what it was for. */
async function firings(organisation: string) {
  const all = []
  for (const { id } of (await storage.triggers.list(organisation, {}, { limit: 10 })).items) {
    all.push(...(await storage.triggers.listFirings(organisation, id, { limit: 1000 })).items)
  }
  return all.sort((one, other) => (one.scheduledFor ?? 0) - (other.scheduledFor ?? 0))
}

const everyMinute = { type: "schedule", cron: "* * * * *" } as const
const minute = 60_000

describe("the scheduler", () => {
  it("looks every two seconds for what others have declared, and sooner for what comes sooner", async () => {
    await run()
    expect(waits[0]?.ms).toBe(2000)
    await declare({ type: "schedule", cron: "*/10 * * * * *" })
    expect(await advanceTo(start + 1500)).toBe(2000)
    expect(await advanceTo(start + 9250)).toBe(750)
  })

  it("fires at the time, for the time", async () => {
    const organisation = await declare(everyMinute)
    await run()
    await advanceTo(start + minute + 3)
    const [firing, ...others] = await firings(organisation)
    expect(others).toEqual([])
    expect(firing).toMatchObject({ scheduledFor: start + minute, firedAt: nowMs, outcome: "queued", cause: "schedule" })
    const job = await storage.queue.find(organisation, firing?.jobId ?? "")
    expect(JSON.parse(job?.payload ?? "")).toMatchObject({ scheduledFor: "2030-01-01T12:01:00.000Z" })
    await advanceTo(start + minute + 2003)
    expect(await firings(organisation)).toHaveLength(1)
  })

  it("fires each time once where several do it at once", async () => {
    const organisation = await declare({ type: "schedule", cron: "* * * * * *" }, everyMinute)
    await run()
    await run()
    await settled(2)
    for (let second = 1; second <= 60; second++) await advanceTo(start + second * 1000)
    expect(await firings(organisation)).toHaveLength(61)
  })

  it("fires what is only late, and tells what it has given up", async () => {
    const organisation = await declare({ ...everyMinute, catchUp: "none" })
    await run()
    await advanceTo(start + 5 * minute + 30_000)
    expect(await firings(organisation)).toMatchObject([
      {
        scheduledFor: start + minute,
        outcome: "skipped",
        reason: "Nothing was there to fire it from 2030-01-01T12:01:00.000Z to 2030-01-01T12:04:00.000Z.",
      },
      { scheduledFor: start + 5 * minute, outcome: "queued" },
    ])
  })

  it("makes up for all that was missed, in portions", async () => {
    const organisation = await declare({ ...everyMinute, catchUp: "all" })
    await run()
    await advanceTo(start + 250 * minute)
    expect(await firings(organisation)).toHaveLength(250)
  })

  it("lets every organisation have its turn, whatever another has to make up for", async () => {
    const everySecond = { type: "schedule", cron: "* * * * * *", catchUp: "all" } as const
    await declare(...Array.from({ length: 12 }, (_, index) => ({ ...everySecond, name: `backlog-${index}` })))
    const quiet = await declare({ type: "schedule", cron: "4 12 * * *" })
    const { advance } = storage.triggers
    const rounds: (readonly string[])[] = []
    storage = {
      ...storage,
      triggers: {
        ...storage.triggers,
        advance(moves) {
          rounds.push(moves.filter(({ firings }) => firings.length > 0).map(({ trigger }) => trigger.organisation))
          return advance(moves)
        },
      },
    }
    await run()
    rounds.length = 0
    await advanceTo(start + 4 * minute)
    expect(rounds[0]).toContain(quiet)
    expect(rounds.length).toBeGreaterThan(4)
  })

  it("has calls of a schedule wait for one another where it is to", async () => {
    const organisation = await declare({ ...everyMinute, overlap: "queue" })
    await run()
    await advanceTo(start + minute)
    await advanceTo(start + 2 * minute)
    const jobs = (await storage.queue.list(organisation, {}, { limit: 10 })).items
    expect(jobs.map(({ status }) => status).sort()).toEqual(["held", "waiting"])
  })

  it("goes on with the others where one cannot be read any more, and tells why", async () => {
    const broken = await declare({ type: "schedule", cron: "every now and then" })
    const fine = await declare(everyMinute)
    await run()
    await advanceTo(start + minute)
    expect(await firings(fine)).toHaveLength(1)
    const reason = expect.stringMatching(/^The schedule cannot be read any more: its expression must have five fields/)
    expect(await firings(broken)).toMatchObject([{ outcome: "refused", reason }])
  })

  it("lists the others with one that cannot be read any more", async () => {
    const organisation = await declare({ ...everyMinute, timezone: "Mars/Olympus" }, { ...everyMinute, name: "fine" })
    const fire = () => Promise.reject(new Error("Nothing fires."))
    const triggers = createTriggers({ store: storage.triggers, bus: { fire }, changed: () => {}, now: () => nowMs })
    const { items } = await triggers.list(organisation, {}, { limit: 10 })
    expect(items.map(({ name, nextAt }) => [name, nextAt])).toEqual([
      ["schedule", null],
      ["fine", start + minute],
    ])
  })

  it("lets others at work while it plans many that seldom fit", async () => {
    const rare = Array.from({ length: 100 }, (_, index) => ({
      ...{ type: "schedule" as const, cron: "0 0 * 2 1#5", name: `rare-${index}` },
    }))
    await declare(...rare)
    const list = storage.triggers.listSchedules
    let turns = 0
    let isPlanning = false
    const count = () => {
      turns += 1
      if (isPlanning) setImmediate(count)
    }
    storage = {
      ...storage,
      triggers: {
        ...storage.triggers,
        async listSchedules(limit, now) {
          const schedules = await list(limit, now)
          turns = 0
          isPlanning = true
          setImmediate(count)
          return schedules
        },
        async advance() {
          isPlanning = false
          return 0
        },
      },
    }
    let measured = 0
    vi.spyOn(performance, "now").mockImplementation(() => measured++)
    await run()
    vi.restoreAllMocks()
    expect(turns).toBeGreaterThan(5)
  })

  it("tells of a storage that fails, and tries again after a second", async () => {
    const organisation = await declare(everyMinute)
    await run()
    listFails = true
    expect(await advanceTo(start + minute)).toBe(1000)
    expect(failures).toMatchObject([{ message: "The database is away." }])
    listFails = false
    await advanceTo(start + minute + 1000)
    expect(await firings(organisation)).toMatchObject([{ scheduledFor: start + minute }])
  })
})
