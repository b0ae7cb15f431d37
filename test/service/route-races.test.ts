import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, type FunctionsService } from "../../src/index.ts"
import { silent } from "./service.ts"

describe("two processes that declare one path at the same moment", () => {
  let folder = ""
  let services: readonly FunctionsService[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "inlay-routes-"))
    const open = () =>
      createFunctions({
        storage: sqlite(join(folder, "inlay.db")),
        authenticate: "open",
        logger: silent,
        sandbox: { threads: 1 },
      })
    services = [await open(), await open()]
  })
  afterAll(async () => {
    for (const service of services) await service.close({ graceMs: 0 })
    await rm(folder, { recursive: true })
  })

  const source = "export default { fetch: () => new Response() }"
  const at = (path: string) => ({ triggers: [{ type: "http" as const, path }] })
  const declare = {
    deploying: (functions: FunctionsService, name: string) =>
      functions.deploy({ name, source, config: at("/deployed") }),
    creating: (functions: FunctionsService, name: string) => functions.create({ name, config: at("/created/:id") }),
    updating: async (functions: FunctionsService, name: string) => {
      await functions.create({ name })
      return functions.update(name, at("/updated"))
    },
    "defining a pipeline": (functions: FunctionsService, name: string) =>
      functions.pipelines.define({
        name,
        steps: [{ kind: "function", name: "first", function: "defined-first" }],
        triggers: [{ type: "webhook", path: "/defined", provider: "none" }],
      }),
  }

  it.each(Object.keys(declare) as (keyof typeof declare)[])("are not both accepted by %s", async (way) => {
    await services[0]?.deploy({ name: "defined-first", source })
    const name = way.split(" ")[0]
    const settled = await Promise.allSettled(services.map((one, index) => declare[way](one, `${name}-${index}`)))
    const refused = settled.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))
    expect(refused).toMatchObject([{ code: "FN_006", issues: [{ path: "triggers" }] }])
  })
})
