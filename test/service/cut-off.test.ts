import { afterEach, describe, expect, it } from "vitest"
import { postgres } from "../../adapters/storage/postgres.ts"
import { createFunctions, definePipeline } from "../../src/index.ts"
import { onServer, preparePostgres } from "../storage/support/postgres.ts"
import { openSilentProxy } from "../storage/support/silent-proxy.ts"
import { silent } from "./service.ts"

// PGlite is in the process, and cannot be cut off.
describe.skipIf(!onServer)("a PostgreSQL that does not answer any more", () => {
  const subject = preparePostgres()
  const close: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const one of close.splice(0)) await one()
  })

  it("keeps nobody from closing for long, whatever is under way", async () => {
    const proxy = await openSilentProxy(subject.url ?? "")
    close.push(proxy.close)
    const functions = await createFunctions({
      storage: postgres(proxy.url),
      authenticate: "open",
      logger: silent,
      onError: () => {},
      sandbox: { threads: 1 },
      queue: { pollMs: 5 },
    })
    await functions.deploy({
      name: "slow",
      source: "export default () => new Promise((resolve) => setTimeout(resolve, 100))",
      config: { triggers: [{ type: "schedule", cron: "* * * * * *" }] },
    })
    await functions.pipelines.define(definePipeline("slow").step("slow").step("slow"))
    const begun = new Promise((resolve) => functions.on("invocation.finished", resolve))
    const run = functions.pipelines.run("slow").catch((error: unknown) => error)
    await functions.enqueue("slow")
    await begun
    proxy.cut()
    const listed = functions.list().catch((error: unknown) => error)
    await functions.close({ graceMs: 100 })
    expect(String(await listed)).toMatch(/terminated|cut off|not queryable/)
    expect(await run).toMatchObject({ code: "FN_008" })
  })
})
