import { afterAll, beforeAll, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import type { Runtime } from "../../src/ports/runtime.ts"
import { createBundler } from "../../src/registry/bundler.ts"
import { createLayers } from "../../src/registry/layers.ts"
import { openRuntime } from "../sandbox/sandbox.ts"

const storage = sqlite(":memory:")
const bundler = createBundler()
const sandbox = openRuntime()
beforeAll(() => storage.open())
afterAll(async () => {
  bundler.close()
  await storage.close()
})

it("measures again what it could not measure while the sandbox was busy", async () => {
  const refused = new FunctionsError("FN_007", "Cannot run a function: too many calls are waiting already.")
  let refusals = 1
  const runtime: Runtime = {
    ...sandbox,
    load: (version) => (version.code === "" && refusals-- > 0 ? Promise.reject(refused) : sandbox.load(version)),
  }
  let id = 0
  const layers = createLayers({
    store: storage.layers,
    bundler,
    runtime,
    modules: async () => ({}),
    now: () => 0,
    newId: () => String(++id),
    tell: () => {},
  })
  const deploy = () => layers.deploy("acme", { name: "dates", source: "export const a = [1]" }, "ada")
  await expect(deploy()).rejects.toBe(refused)
  expect(await deploy()).toMatchObject({ version: 1, snapshotBytes: expect.any(Number) })
})
