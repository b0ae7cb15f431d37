import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadSqlite } from "../../adapters/storage/sqlite/libraries.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions } from "../../src/index.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { rejectionOf } from "../service/service.ts"
import { openFace, type Send } from "./support.ts"

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const database = loadSqlite()(":memory:")
let service: FunctionsService
let send: Send

const start = (maxQueued?: number) =>
  createFunctions({
    storage: sqlite(database),
    authenticate: "open",
    logger: silent,
    // The default rules open an alert where a deployment fails.
    alerts: { defaultRules: {} },
    sandbox: { threads: 1, ...(maxQueued !== undefined && { maxQueued }) },
  })

beforeAll(async () => {
  service = await start()
  send = openFace(service)
})

afterAll(async () => {
  await service.close()
  database.close()
})

describe("a failure over HTTP", () => {
  it.each([
    ["FN_002", 504, "for (;;);", { cpu: 0.1 }],
    ["FN_003", 500, "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))", { memory: 16 }],
    ["FN_004", 500, "throw new Error('no')", {}],
  ] as const)("of a call with %s is answered with %i", async (code, status, body, config) => {
    const name = `fails_${code}`
    await service.deploy({ name, source: `export default () => { ${body} }`, config })
    const response = await send("POST", `/functions/${name}/invoke`)
    expect(response.status).toBe(status)
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    expect(await response.json()).toMatchObject({ code, status })
  })

  it.each([
    ["FN_001", 404, "POST", "/functions/missing/invoke", undefined],
    ["FN_005", 422, "POST", "/functions/deploy", { name: "broken", source: "export default (" }],
    ["FN_006", 422, "POST", "/functions/deploy", { name: "unsure", source: "export default 1", config: { memory: 1 } }],
  ] as const)("with %s is answered with %i: %s %s", async (code, status, method, path, json) => {
    const response = await send(method, path, json === undefined ? {} : { json })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, status })
  })

  // Whatever is let in spins until its CPU time is used, which takes long where others want the cores too.
  it("of too many calls is answered with 429 and when to try again", async () => {
    const narrow = await createFunctions({
      authenticate: "open",
      logger: silent,
      sandbox: { threads: 1, maxQueued: 1 },
    })
    await narrow.deploy({ name: "busy", source: "export default () => { for (;;); }", config: { cpu: 0.3 } })
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => openFace(narrow)("POST", "/functions/busy/invoke")),
    )
    const refused = answers.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0)
    expect(await refused?.json()).toMatchObject({ code: "FN_007", status: 429 })
    await narrow.close({ graceMs: 0 })
  })

  it("of a closed service is answered with 503", async () => {
    const closed = await createFunctions({ authenticate: "open", logger: silent, sandbox: { threads: 1 } })
    await closed.close()
    const response = await openFace(closed)("POST", "/functions/any/invoke")
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: "FN_008", status: 503 })
  })
})

describe("a refused upload", () => {
  const good = "export default () => 1"
  const refused: readonly [string, object][] = [
    ["a bad ZIP", { zip: Buffer.from("PK no archive") }],
    ["a syntax error", { source: "export default (" }],
    ["a bad configuration", { source: good, config: { memory: 1 } }],
    ["a missing handler", { source: good, config: { handler: "index.nothing" } }],
  ]

  it.each(refused)("with %s leaves every table as it was", async (_kind, upload) => {
    await service.deploy({ name: "standing", source: good })
    const before = await countRows()
    expect(before.inlay_versions).toBeGreaterThan(0)
    for (const name of ["standing", "fresh"]) {
      const error = await rejectionOf(service.deploy({ name, ...upload }))
      expect(["FN_005", "FN_006"]).toContain(error.code)
      const json = "zip" in upload ? { name, zip: (upload.zip as Buffer).toString("base64") } : { name, ...upload }
      expect((await send("POST", "/functions/deploy", { json })).status).toBe(422)
    }
    expect(await countRows()).toEqual(before)
  })
})

/** What earlier calls and requests leave behind: it is written in the background, and at the end of a minute. */
const observed = /^inlay_(?:invocations|series|windows|spans|traces|logs|error_\w+|anomal\w+|alert_checks)$/

/** Rows of each table, but of those that observe. */
async function countRows(): Promise<Readonly<Record<string, number>>> {
  const tables = await query("select name from sqlite_master where type = 'table' and name like 'inlay_%'")
  const counted = tables.map(({ name }) => String(name)).filter((name) => !observed.test(name))
  const entries = counted.map(
    async (name) => [name, Number((await query(`select count(*) as n from ${name}`))[0]?.n)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
  return database.prepare(sql).all() as readonly Record<string, unknown>[]
}
