import { expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, definePipeline } from "../../src/index.ts"
import { silent } from "./service.ts"

it("A call and a run that each process is lost with end, and are not begun any more", async () => {
  let clock = Date.UTC(2026, 0, 1)
  const storage = sqlite(":memory:")
  await storage.open()
  const options = { storage, now: () => clock, authenticate: "open", logger: silent } as const
  await using accepting = await createFunctions({ ...options, queue: { concurrency: 0 } })
  await accepting.deploy({ name: "fatal", source: "export default () => 'begun'" })
  await accepting.pipelines.define(definePipeline("fatal").step("fatal"))
  const call = await accepting.enqueue("fatal")
  const run = await accepting.pipelines.start("fatal")
  // As many processes as a run outlives take all that there is, and are not heard of again.
  for (let lost = 0; lost < 20; lost++) {
    clock += 10_000
    expect((await storage.queue.take({ limit: 9, leaseMs: 10, now: clock })).leases).toHaveLength(2)
  }
  clock += 10_000
  await using functions = await createFunctions({ ...options, queue: { pollMs: 5 } })
  await expect.poll(async () => (await functions.invocations.get(call.id)).status).toBe("failed")
  await expect.poll(async () => (await functions.pipelines.getRun(run.id)).status).toBe("failed")
  const lost = (times: number) => ({ code: "FN_008", message: expect.stringContaining(`was lost, ${times} times`) })
  expect(await functions.invocations.get(call.id)).toMatchObject({ error: lost(4) })
  expect(await functions.pipelines.getRun(run.id)).toMatchObject({ error: lost(20), steps: [{ status: "skipped" }] })
  expect((await functions.deadLetters.list()).items).toMatchObject([{ id: call.id }])
})
