import { expect, it } from "vitest"
import { createFunctions } from "../../src/index.ts"
import type { Queue } from "../../src/ports/queue.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

it("goes on where what woke the run was lost after its step had ended", async () => {
  const storage = await openMemoryStorage()
  let isLost = false
  const hasten: Queue["hasten"] = async () => {
    isLost = true
    throw new Error("The process is gone.")
  }
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const functions = await createFunctions({
    storage: { ...storage, queue: { ...storage.queue, hasten } },
    authenticate: "open",
    logger,
    sandbox: { threads: 1 },
    queue: { pollMs: 5 },
  })
  await functions.pipelines.define({ name: "waits", steps: [{ kind: "event", name: "paid", type: "paid" }] })
  const { id } = await functions.pipelines.start("waits")
  const statusOf = async () => (await functions.pipelines.getRun(id)).status
  while ((await statusOf()) !== "waiting") await new Promise((resolve) => setTimeout(resolve, 5))
  await functions.publish({ type: "paid" })
  while ((await statusOf()) !== "succeeded") await new Promise((resolve) => setTimeout(resolve, 5))
  await functions.close({ graceMs: 0 })
  expect(isLost).toBe(true)
})
