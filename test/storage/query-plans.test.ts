import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ConnectionSource } from "../../adapters/storage/sql/connection.ts"
import { postgresEngine } from "../../adapters/storage/sql/postgres-engine.ts"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import { createSqlStorage } from "../../adapters/storage/sql/storage.ts"
import type { Storage } from "../../src/ports/storage.ts"
import {
  sampleDeployment,
  sampleInvocation,
  sampleJob,
  sampleLayer,
  sampleRun,
  sampleStep,
} from "../../src/testing/storage-contract/samples.ts"
import { preparePostgres } from "./support/postgres.ts"
import { type RecordedStatement, recordStatements } from "./support/recording.ts"
import { openOnThread, temporaryPaths } from "./support/sqlite.ts"

/** The queries that run often, or over tables that grow; what they ask for need not exist. */
const hotQueries: Readonly<Record<string, (storage: Storage) => Promise<unknown>>> = {
  "find a function by name": ({ functions }) => functions.findByName("o", "f"),
  "find a function by id": ({ functions }) => functions.findById("o", "1"),
  "list functions": ({ functions }) => functions.list("o", { limit: 10, cursor: "a" }),
  "list routed functions": ({ functions }) => functions.listRouted(),
  "find a version": ({ functions }) => functions.findVersion("o", "1", 1),
  "list versions": ({ functions }) => functions.listVersions("o", "1"),
  "find a bundle": ({ functions }) => functions.findBundle("o", "1", 1),
  "list activations": ({ functions }) => functions.listActivations("o", "1"),
  "find an alias": ({ functions }) => functions.findAlias("o", "1", "live"),
  "list aliases": ({ functions }) => functions.listAliases("o", "1"),
  commit: ({ functions }) => functions.commit(sampleDeployment("o", "f", "1")),
  "roll back": ({ functions }) =>
    functions.activate({
      organisation: "o",
      functionId: "1",
      to: "previous",
      reason: "rollback",
      activationId: "2",
      actor: "",
      at: 1,
    }),
  "remove a function": async ({ functions }) => {
    const { function: gone } = await functions.commit(sampleDeployment("o", "gone", "gone"))
    await functions.remove("o", gone.id)
  },
  "commit a layer": ({ layers }) => layers.commit(sampleLayer("o", "l", "1")),
  "commit with a layer": async ({ layers, functions }) => {
    const { layer } = await layers.commit(sampleLayer("o", "l", "1"))
    await functions.commit(sampleDeployment("o", "f", "layered", { layers: [layer] }))
  },
  "find a layer": ({ layers }) => layers.find("o", "l"),
  "find a version of a layer": ({ layers }) => layers.find("o", "l", 1),
  "find a bundle of a layer": ({ layers }) => layers.findBundle("o", "l", 1),
  "list layers": ({ layers }) => layers.list("o", { limit: 10, cursor: "a" }),
  "list versions of a layer": ({ layers }) => layers.listVersions("o", "l"),
  "list uses of a layer": ({ layers }) => layers.listUses("o", "l", 1),
  "remove a layer": async ({ layers }) => {
    await layers.commit(sampleLayer("o", "gone", "gone"))
    await layers.remove("o", "gone", 1)
  },
  "insert invocations": ({ invocations }) => invocations.insert([sampleInvocation("o", "1")]),
  "find an invocation": ({ invocations }) => invocations.find("o", "1"),
  "list invocations": ({ invocations }) => invocations.list("o", {}, { limit: 10, cursor: "a" }),
  "list invocations of a function": ({ invocations }) =>
    invocations.list("o", { functionId: "1" }, { limit: 10, cursor: "a" }),
  "list failed invocations of a function": ({ invocations }) =>
    invocations.list("o", { functionId: "1", status: "failed" }, { limit: 10 }),
  "list failed invocations": ({ invocations }) => invocations.list("o", { status: "failed" }, { limit: 10 }),
  "summarise invocations": ({ invocations }) => invocations.summarise("o", "1", { from: 0, to: 2 ** 50 }),
  "find a pipeline": ({ pipelines }) => pipelines.find("o", "p"),
  "list pipelines": ({ pipelines }) => pipelines.list("o", { limit: 10 }),
  "claim a run": ({ pipelines }) => pipelines.claim(sampleRun("o", "p", { id: "1" })),
  "write a step down": ({ pipelines }) => pipelines.writeStep("o", "1", 1, sampleStep("0")),
  "list steps": ({ pipelines }) => pipelines.listSteps("o", "1"),
  "list awaiting steps": ({ pipelines }) => pipelines.listAwaiting("o", "paid"),
  "put a job": ({ queue }) => queue.put([sampleJob("o")]),
  "put a job with an idempotency key and a lane": ({ queue }) =>
    queue.put([
      sampleJob("o", { idempotency: { key: "k", hash: "h", until: 2 }, lane: { key: "l", limit: 1 }, originId: "1" }),
    ]),
  "find a job": ({ queue }) => queue.find("o", "1"),
  "list jobs": ({ queue }) => queue.list("o", {}, { limit: 10, cursor: "a" }),
  "list failed jobs": ({ queue }) => queue.list("o", { status: "failed" }, { limit: 10 }),
  "take and settle jobs": async ({ queue }) => {
    const { leases } = await queue.take({ limit: 10, leaseMs: 1, now: 5 })
    await queue.renew(leases, 9)
    await queue.settle(leases.map((lease) => ({ lease, at: 6, attempt: null, outcome: "again", runAt: 7 })))
  },
  "hasten a job": ({ queue }) => queue.hasten("o", "1", 1),
  "expire jobs": ({ queue }) => queue.expire("succeeded", 1, 10),
  "expire cached steps": ({ pipelines }) => pipelines.expireCached(1, 10),
  "find a cached step": ({ pipelines }) => pipelines.findCached("o", "k", 1),
  "find a run": ({ pipelines }) => pipelines.findRun("o", "1"),
  "list runs": ({ pipelines }) => pipelines.listRuns("o", "p", { limit: 10, cursor: "a" }),
  "find a value": ({ keyValues }) => keyValues.find("o", "k", 1),
  "set a value": ({ keyValues }) => keyValues.set("o", "k", { json: "1", expiresAt: 1, now: 1 }),
  "add to a value": ({ keyValues }) => keyValues.increment("o", "k", { by: 1, expiresAt: null, now: 1 }),
  "exchange a value": ({ keyValues }) => keyValues.compareAndSet("o", "k", "2", { json: "1", expiresAt: null, now: 1 }),
  "remove a value": ({ keyValues }) => keyValues.remove("o", "k", 1),
  "list values": ({ keyValues }) => keyValues.list("o", "k", { limit: 10, cursor: "ka" }, 1),
  "find expired values": ({ keyValues }) => keyValues.removeExpired(1, 10),
  "find a document": ({ documents }) => documents.find("o", "c", "1"),
  "remove a document": ({ documents }) => documents.remove("o", "c", "1"),
  "list documents": ({ documents }) => documents.list("o", "c", { limit: 10, cursor: "1" }),
  "read a file": ({ files }) => files.read("o", "b", "p"),
  "find a file": ({ files }) => files.find("o", "b", "p"),
  "list files": ({ files }) => files.list("o", "b", "p", { limit: 10, cursor: "pa" }),
}

/** Where a key of the table would do as well, but would read all rows of the organisation. */
const expectedIndexes: Readonly<Record<string, string>> = {
  "list routed functions": "inlay_functions_routed",
  "remove a function": "inlay_versions_bundle",
  "list uses of a layer": "inlay_version_layers_layer",
  "remove a layer": "inlay_layer_versions_bundle",
  "list invocations of a function": "inlay_invocations_function",
  "list failed invocations of a function": "inlay_invocations_function_failed",
  "list failed invocations": "inlay_invocations_failed",
  "summarise invocations": "inlay_invocations_summary",
  "list runs": "inlay_runs_pipeline",
  "list awaiting steps": "inlay_run_steps_awaited",
  "find expired values": "inlay_key_values_expiry",
}

function expectIndex(name: string, plans: readonly { readonly plan: readonly string[] }[]): void {
  const expected = expectedIndexes[name]
  if (expected === undefined) return
  const plan = plans.flatMap((explained) => explained.plan).join("\n")
  expect(plan).toMatch(new RegExp(`\\b${expected}\\b`))
}

const postgres = preparePostgres()
/** Lists that add the sizes of a page's rows up, and sort that page alone by its keys: once to add, once to answer. */
const sortsOfPages: ReadonlySet<string> = new Set(["list values", "list documents"])
const explainable = /^\s*(with|select|insert|update|delete)\b[\s\S]*inlay_/i

/** Runs a query, then asks for the plan of each of its statements. */
async function explain(
  connections: ConnectionSource,
  statements: RecordedStatement[],
  run: () => Promise<unknown>,
  prefix: string,
): Promise<readonly { readonly sql: string; readonly plan: readonly string[] }[]> {
  statements.length = 0
  await run()
  const seen = statements.filter(({ sql }) => explainable.test(sql))
  expect(seen.length).toBeGreaterThan(0)
  const connection = await connections.connect()
  try {
    const plans: { sql: string; plan: string[] }[] = []
    for (const { sql, parameters } of seen) {
      const rows = await connection.query(`${prefix} ${sql}`, parameters)
      plans.push({ sql, plan: rows.map((row) => String(row.detail ?? row["QUERY PLAN"])) })
    }
    return plans
  } finally {
    connection.release(false)
  }
}

describe("on SQLite", () => {
  const statements: RecordedStatement[] = []
  const path = temporaryPaths()("plans.db")
  // SQLite takes the explanation of a write for a write under way until its statement is reset, and libsql does not
  // reset it: nothing could be committed after it on the same connection.
  const explaining = openOnThread(path)
  const storage = createSqlStorage({
    name: "sqlite",
    engine: sqliteEngine,
    connections: recordStatements(openOnThread(path), statements),
  })
  beforeAll(async () => {
    await storage.open()
    await storage.invocations.insert([sampleInvocation("o", "1")])
  })
  afterAll(() => storage.close())

  for (const [name, query] of Object.entries(hotQueries)) {
    it(`an index serves: ${name}`, async () => {
      const plans = await explain(explaining, statements, () => query(storage), "explain query plan")
      expectIndex(name, plans)
      for (const { sql, plan } of plans) {
        const wholeTables = plan.filter(
          (line) =>
            // What a statement has put together itself is bounded by its own limit.
            /^SCAN (?!sized$|page$|given$|\(subquery-\d+\)$)/.test(line) &&
            !/USING INDEX inlay_functions_routed|INDEX inlay_jobs_(turn|due|lease)|CONSTANT ROW/.test(line),
        )
        expect(wholeTables, sql).toEqual([])
        if (name !== "summarise invocations") {
          expect(
            plan.filter((line) => line.includes("TEMP B-TREE FOR ORDER BY")),
            sql,
          ).toSatisfy((sorts: readonly string[]) => sorts.length <= (sortsOfPages.has(name) ? 2 : 0))
        }
      }
    })
  }

  it("reads no row of the table for a summary, only its index", async () => {
    const run = () => storage.invocations.summarise("o", "1", { from: 0, to: 2 ** 50 })
    for (const { plan } of await explain(explaining, statements, run, "explain query plan")) {
      const reads = plan.filter((line) => line.includes("inlay_invocations"))
      expect(reads.length).toBeGreaterThan(0)
      for (const line of reads) expect(line).toContain("USING COVERING INDEX inlay_invocations_summary")
    }
  })
})

describe("on PostgreSQL", () => {
  const statements: RecordedStatement[] = []
  const connections: ConnectionSource = {
    async connect() {
      const connection = await source.connect()
      // The tables are all but empty, and the planner would rather read such a table whole than look into an index.
      await connection.query("set enable_seqscan = off", [])
      await connection.query("set enable_bitmapscan = off", [])
      return connection
    },
    disconnect: () => source.disconnect(),
  }
  let source: ConnectionSource
  const storage = createSqlStorage({
    name: "postgres",
    engine: postgresEngine,
    connections: recordStatements(connections, statements),
  })
  beforeAll(async () => {
    source = postgres.createConnections()
    await storage.open()
    await storage.invocations.insert([sampleInvocation("o", "1")])
  })
  afterAll(() => storage.close())

  for (const [name, query] of Object.entries(hotQueries)) {
    it(`an index serves: ${name}`, async () => {
      const plans = await explain(connections, statements, () => query(storage), "explain")
      expectIndex(name, plans)
      for (const { sql, plan } of plans) {
        expect(
          plan.filter((line) => line.includes("Seq Scan")),
          sql,
        ).toEqual([])
        const forAll = /inlay_(functions_routed|key_values_expiry|step_cache_expiry|jobs_(turn|due|lease|ended))\b/
        const scans = plan.filter((line) => /Index (Only )?Scan/.test(line) && !forAll.test(line))
        const conditions = plan.filter((line) => /Index Cond: .*organisation/.test(line))
        expect(conditions, `${sql}\n${plan.join("\n")}`).toHaveLength(scans.length)
      }
    })
  }
})
