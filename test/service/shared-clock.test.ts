import { expect, it } from "vitest"
import { createFunctions } from "../../src/index.ts"
import { createSharedClock } from "../../src/service/shared-clock.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

const hour = 3_600_000

it("takes the time of the storage in place of a clock that is wrong", async () => {
  let asked = 0
  const storage = {
    clock: async () => {
      asked += 1
      return Date.now() + hour
    },
  }
  const clock = createSharedClock({ storage, now: Date.now, isFixed: false })
  await clock.start()
  const before = Date.now()
  const now = clock.now()
  clock.stop()
  // Half of the way to the storage and back, here within this process.
  expect([now >= before + hour - 1000, now <= Date.now() + hour + 1000, asked]).toEqual([true, true, 3])
})

it("leaves the own clock where the storage has none, or where the host has given the time", async () => {
  const alone = createSharedClock({ storage: {}, now: () => 17, isFixed: false })
  await alone.start()
  const fixed = createSharedClock({ storage: { clock: async () => hour }, now: () => 17, isFixed: true })
  await fixed.start()
  expect([alone.now(), fixed.now()]).toEqual([17, 17])
})

it("says at the start that the storage does not answer", async () => {
  const storage = { clock: () => Promise.reject(new Error("The database is away.")) }
  const clock = createSharedClock({ storage, now: Date.now, isFixed: false })
  await expect(clock.start()).rejects.toThrow("away")
})

it("plans a schedule by the storage's time, whatever the clock of the machine that deploys it", async () => {
  const storage = { ...(await openMemoryStorage()), clock: async () => Date.now() - hour }
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const functions = await createFunctions({ storage, authenticate: "open", logger, queue: { concurrency: 0 } })
  await functions.deploy({
    name: "ticks",
    source: "export default () => {}",
    config: { triggers: [{ type: "schedule", cron: "* * * * *" }] },
  })
  const { items } = await functions.triggers.list({ function: "ticks" })
  await functions.close({ graceMs: 0 })
  expect(items[0]?.nextAt).toBeLessThan(Date.now() - hour / 2)
})
