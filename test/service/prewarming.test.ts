import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions } from "../../src/index.ts"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inlay-prewarming-"))
})
afterAll(() => rm(folder, { recursive: true }))

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const open = () => createFunctions({ storage: sqlite(join(folder, "data.db")), authenticate: "open", logger: silent })
const source = "export default { fetch: () => Response.json('answered') }"
const configFor = (path: string, min: number) => ({ scaling: { min }, triggers: [{ type: "http", path }] as const })

describe("a function that asks for instances at all times", () => {
  it("is loaded ahead after its deploy, and when the service starts again", async () => {
    const first = await open()
    await first.deploy({ name: "warm", source, config: configFor("/warm", 1) })
    await first.deploy({ name: "cold", source: `${source}; export const other = 1`, config: configFor("/cold", 0) })
    await first.health.ready()
    expect(await first.run("warm", null)).toMatchObject({ output: "answered", coldStart: false })
    await first.close()

    const second = await open()
    await second.health.ready()
    const [warm, cold] = [await second.run("warm", null), await second.run("cold", null)]
    expect([warm.coldStart, cold.coldStart]).toEqual([false, true])
    await second.close()
  })

  it("does not keep the service from starting where it cannot be loaded", async () => {
    const stages: string[] = []
    const storage = sqlite(":memory:")
    const listRouted = () => Promise.reject(new Error("The storage is busy."))
    const reluctant = { ...storage, functions: { ...storage.functions } }
    let reads = 0
    reluctant.functions.listRouted = () => (++reads === 1 ? storage.functions.listRouted() : listRouted())
    const functions = await createFunctions({
      storage: reluctant,
      authenticate: "open",
      logger: silent,
      onError: (_, { stage }) => stages.push(stage),
    })
    await functions.health.ready()
    expect(stages).toEqual(["prewarming"])
    await functions.close()
  })
})
