import { describe, expect, it } from "vitest"
import { createFunctions, type FunctionsService } from "../../src/index.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"
import { rejectionOf } from "./service.ts"

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

function start(storage: Storage): Promise<FunctionsService> {
  return createFunctions({ storage, authenticate: "open", logger: silent, sandbox: { threads: 1 } })
}

/** A storage that stays readable after the service has closed it. */
async function openKept(changes: (storage: Storage) => Partial<Storage> = () => ({})) {
  const storage = await openMemoryStorage()
  const closed: string[] = []
  const given: Storage = { ...storage, close: async () => void closed.push("storage"), ...changes(storage) }
  return { storage, given, closed }
}

const slow = "export default (n) => new Promise((done) => setTimeout(() => done(n + 1), 100))"

describe("closing", () => {
  it("waits for pipelines under way, whose later steps still run, and stores their runs", async () => {
    const { storage, given } = await openKept()
    const functions = await start(given)
    await functions.deploy({ name: "slow", source: slow })
    await functions.pipelines.define({
      name: "chain",
      steps: ["a", "b", "c"].map((name) => ({ kind: "function" as const, name, function: "slow" })),
    })
    const running = functions.pipelines.run("chain", 1)
    await functions.close()
    const run = await running
    expect(run).toMatchObject({ status: "succeeded", output: 4 })
    expect(await storage.pipelines.findRun("default", run.id)).toMatchObject({ status: "succeeded" })
    const page = await storage.invocations.list("default", {}, { limit: 10 })
    expect(page.items).toHaveLength(3)
    await storage.close()
  })

  it.each([
    ["is still under way after the grace", true],
    ["has only been asked for", false],
  ])("hands back a run that %s, and it goes on elsewhere", async (_, hasBegun) => {
    const { storage, given } = await openKept()
    const functions = await start(given)
    await functions.deploy({
      name: "long",
      source: `import { kv } from "inlay/sdk"
        export default async () => {
          if ((await kv.increment("tries")) > 1) return "done"
          await new Promise((done) => setTimeout(done, 20_000))
        }`,
    })
    await functions.pipelines.define({ name: "stuck", steps: [{ kind: "function", name: "a", function: "long" }] })
    const begun = new Promise((resolve) => functions.on("capability.called", resolve))
    const running = rejectionOf(functions.pipelines.run("stuck"))
    if (hasBegun) await begun
    await functions.close({ graceMs: 20 })
    expect(await running).toMatchObject({ code: "FN_008", message: expect.stringContaining("in another process") })
    await storage.keyValues.set("default", "tries", { json: "1", expiresAt: null, now: 0 })
    const other = await start(given)
    const ended = new Promise((resolve) => other.on("pipeline.finished", resolve))
    expect(await ended).toMatchObject({ status: "succeeded", output: "done" })
    await other.close()
    await storage.close()
  })

  it("refuses everything that comes afterwards with FN_008", async () => {
    const { storage, given } = await openKept()
    const functions = await start(given)
    await functions.deploy({ name: "slow", source: slow })
    const closing = functions.close()
    const late = [
      () => functions.invoke("slow", 1),
      () => functions.run("slow", 1),
      () => functions.deploy({ name: "late", source: slow }),
      () => functions.setEnvironment("slow", { A: "1" }),
      () => functions.pipelines.run("none"),
    ]
    for (const call of late) expect(await rejectionOf(call())).toMatchObject({ code: "FN_008" })
    await closing
    for (const call of late) {
      expect(await rejectionOf(call())).toMatchObject({ code: "FN_008", message: expect.stringContaining("closed") })
    }
    await storage.close()
  })

  it("closes everything although one part fails, and says which", async () => {
    const failure = new Error("The metrics cannot be written.")
    const { storage, given, closed } = await openKept()
    const runtime = {
      serves: ["go1.22" as never],
      ready: async () => {},
      load: () => Promise.reject(failure),
      run: () => Promise.reject(failure),
      forget: () => {},
      close: () => Promise.reject(failure),
    }
    const functions = await createFunctions({
      storage: given,
      runtimes: [runtime],
      authenticate: "open",
      logger: silent,
      sandbox: { threads: 1 },
    })
    expect(await rejectionOf(functions.close({ graceMs: 0 }))).toBe(failure)
    expect(closed).toEqual(["storage"])
    await storage.close()
  })
})
