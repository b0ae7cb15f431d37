import { afterEach, expect, it, vi } from "vitest"
import { createFunctions } from "../../src/index.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

afterEach(() => void vi.useRealTimers())
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

async function start(ping: () => Promise<void>) {
  const storage = await openMemoryStorage()
  return createFunctions({
    storage: { ...storage, ping },
    authenticate: "open",
    logger: silent,
    sandbox: { threads: 1 },
  })
}

it("is not ready where the database fails", async () => {
  const functions = await start(() => Promise.reject(new Error("The database is away.")))
  await expect(functions.health.ready()).rejects.toThrow("away")
  await functions.close()
})

it("is not ready, before five seconds are over, where the database says nothing at all", async () => {
  const functions = await start(() => new Promise(() => {}))
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const outcome = expect(functions.health.ready()).rejects.toThrow("The storage has not answered for 4 seconds.")
  await vi.advanceTimersByTimeAsync(4999)
  await outcome
  vi.useRealTimers()
  await functions.close()
})

it("is not ready from the moment when it closes, while what is under way still ends", async () => {
  const functions = await start(async () => {})
  await functions.deploy({
    name: "slow",
    source: "export default () => new Promise((done) => setTimeout(done, 200, 1))",
  })
  await functions.health.ready()
  const call = functions.invoke("slow")
  const closing = functions.close()
  await expect(functions.health.ready()).rejects.toMatchObject({ code: "FN_008" })
  const response = await functions.fetch(new Request("http://localhost/ready"))
  expect([response.status, await call]).toEqual([503, 1])
  await closing
})
