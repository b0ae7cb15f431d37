import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { definePipeline } from "../../src/index.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { root } from "../project/manifest.ts"
import { testKits } from "./kit.ts"

const openKit = testKits()

describe("a kit", () => {
  test("shows what was accepted, run, fired, given up and sent", async () => {
    const kit = await openKit()
    await kit.functions.deploy({
      name: "fails",
      source: `export default () => { throw new Error("no") }`,
      config: { retry: { attempts: 1 }, triggers: [{ type: "event", event: "order.paid" }] },
    })
    await kit.functions.pipelines.define(definePipeline("slow").wait(60))
    const { items } = await kit.functions.triggers.list()
    await kit.functions.triggers.fire(items[0]?.id ?? "", { event: { total: 17 } })
    await kit.functions.pipelines.start("slow", "input")
    const { id } = await kit.functions.enqueue("fails", "later", { delayMs: 30_000 })
    await kit.drain({ allowFailures: true })
    expect(await kit.inspect()).toMatchObject({
      now: kit.clock.now(),
      jobs: [
        { id, kind: "function", target: "fails" },
        { kind: "pipeline", target: "slow" },
      ],
      runs: [{ pipeline: "slow", status: "waiting" }],
      firings: [{ cause: "test", event: { total: 17 }, outcome: "queued" }],
      deadLetters: [{ name: "fails", input: { total: 17 } }],
      messages: [],
    })
    expect(await kit.inspect({ organisation: "other" })).toMatchObject({ jobs: [], runs: [], firings: [] })
  })

  test("shows the runs of a pipeline that was removed", async () => {
    const kit = await openKit()
    await kit.functions.pipelines.define(definePipeline("brief").wait(1))
    await kit.finish(await kit.functions.pipelines.start("brief", "input"))
    await kit.functions.pipelines.remove("brief")
    expect((await kit.inspect()).runs).toMatchObject([{ pipeline: "brief", status: "succeeded" }])
    expect((await kit.inspect({ organisation: "other" })).runs).toEqual([])
  })

  test("forgets all that was done, and nothing of what was set up", async () => {
    const kit = await openKit()
    const source = `import { db, kv, queue, storage } from "inlay/sdk"
      export default async (n) => {
        await db.collection("things").create({ n })
        await storage.bucket("files").file("a.txt").upload("text")
        await queue.send("jobs", n)
        return kv.increment("count")
      }`
    await kit.functions.deploy({ name: "count", source })
    await kit.functions.pipelines.define(definePipeline("slow").step("count").wait(60))
    await kit.mock("mocked", () => "mock")
    await kit.functions.enqueue("count", 1, { idempotencyKey: "one" })
    await kit.functions.pipelines.start("slow", 2)
    await kit.clock.advance("1s")
    await kit.clear()
    expect(await kit.inspect()).toMatchObject({ jobs: [], runs: [], firings: [], deadLetters: [], messages: [] })
    expect(kit.calls("count")).toEqual([])
    expect(kit.clock.now()).toBe(Date.UTC(2026, 0, 1, 0, 0, 1))
    const again = await kit.finish(await kit.functions.enqueue("count", 1, { idempotencyKey: "one" }))
    expect(again).toMatchObject({ output: 1 })
    expect(await kit.functions.invoke("mocked")).toBe("mock")
    expect(await kit.finish(await kit.functions.pipelines.start("slow", 2))).toMatchObject({ output: 2 })
    await kit.functions.close()
  })

  test("is closed at the end of its block, and takes nothing from then on", async () => {
    let functions: Awaited<ReturnType<typeof openKit>>["functions"]
    {
      await using kit = await createTestFunctions()
      functions = kit.functions
    }
    await expect(functions.invoke("anything")).rejects.toMatchObject({ code: "FN_008" })
  })

  test("says nothing, and its process ends by itself", () => {
    const program = `import { createTestFunctions } from "inlay/testing"
      const kit = await createTestFunctions()
      await kit.functions.deploy({ name: "one", source: "export default () => 1" })
      await kit.finish(await kit.functions.enqueue("one"))
      await kit.close()`
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: fileURLToPath(root),
      encoding: "utf8",
      timeout: 120_000,
    })
    expect({ stdout, stderr: stderr.replace(/.*ExperimentalWarning.*\n.*trace-warnings.*\n/, ""), status }).toEqual({
      stdout: "",
      stderr: "",
      status: 0,
    })
  })
})
