import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { ConnectionSource } from "../../adapters/storage/sql/connection.ts"
import { postgresEngine } from "../../adapters/storage/sql/postgres-engine.ts"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import { createSqlStorage } from "../../adapters/storage/sql/storage.ts"
import type { Flow } from "../../src/model/flow.ts"
import type { NewJob } from "../../src/model/job.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { preparePostgres } from "./support/postgres.ts"
import { openMemory } from "./support/sqlite.ts"

const now = 1_800_000_000_000
const noFlow: Flow = { gathering: null, throttle: null, lanes: [] }
const flows = {
  lane: { ...noFlow, lanes: [{ key: "k", limit: 1 }] },
  throttle: { ...noFlow, throttle: { key: "k", limit: 1, periodMs: 1000, burst: 1 } },
  batch: { ...noFlow, gathering: { mode: "batch", key: "k", maxSize: 2, timeoutMs: 1000 } },
  debounce: { ...noFlow, gathering: { mode: "debounce", key: "k", periodMs: 1000, timeoutMs: null } },
} as const satisfies Record<string, Flow>

const postgres = preparePostgres()
describe.each([
  ["SQLite", sqliteEngine, openMemory],
  ["PostgreSQL", postgresEngine, () => postgres.createConnections()],
] as const)("a job whose flow cannot be read, on %s", (name, engine, connect) => {
  let connections: ConnectionSource
  let storage: Storage
  beforeAll(async () => {
    connections = connect()
    storage = createSqlStorage({ name, engine, connections })
    await storage.open()
  })
  afterAll(() => storage.close())

  async function run(sql: string) {
    const connection = await connections.connect()
    await connection.query(sql, [])
    connection.release(false)
  }
  beforeEach(async () => {
    await run("delete from inlay_jobs")
    await run("delete from inlay_lanes")
  })

  const put = (id: string, more: Partial<NewJob>) =>
    storage.queue.put([sampleJob("o", { id, payload: "{}", runAt: now, createdAt: now, ...more })])
  const spoil = (id: string, flow = "[{") => run(`update inlay_jobs set flow = '${flow}' where id = '${id}'`)
  const take = async (at = now) => (await storage.queue.take({ limit: 10, leaseMs: 1e9, now: at })).leases
  const idsOf = (leases: Awaited<ReturnType<typeof take>>) => leases.map(({ job }) => job.id)

  async function expectBuried(id: string) {
    expect(await storage.queue.find("o", id)).toMatchObject({
      status: "failed",
      error: { code: "FN_004", message: expect.stringContaining("cannot be read") },
    })
  }

  it("fails where it waits for a place, and the next one gets it", async () => {
    for (const id of ["a", "b", "c"]) await put(id, { flow: flows.lane })
    await spoil("b")
    const leases = await take()
    expect(idsOf(leases)).toEqual(["a"])
    for (const lease of leases) {
      await storage.queue.settle([{ lease, outcome: "succeeded", result: null, attempt: null, at: now }])
    }
    expect(idsOf(await take())).toEqual(["c"])
    await expectBuried("b")
  })

  it("fails at the head of a throttle, and the next one begins", async () => {
    for (const id of ["a", "b"]) await put(id, { flow: flows.throttle })
    await spoil("a", "{}")
    expect(idsOf(await take())).toEqual(["b"])
    await expectBuried("a")
  })

  it("fails alone in a throttle, and the lane is forgotten", async () => {
    await put("a", { flow: flows.throttle })
    await spoil("a", JSON.stringify(flows.lane))
    const { leases, nextAt } = await storage.queue.take({ limit: 10, leaseMs: 1, now })
    expect([leases, nextAt]).toEqual([[], null])
    await expectBuried("a")
  })

  it("fails where it is to lead a batch, and the others make one", async () => {
    for (const id of ["a", "b", "c", "d"]) await put(id, { flow: flows.batch })
    await spoil("a")
    await spoil("c")
    const batches = [...(await take()), ...(await take(now + 1000))]
    expect(batches.map(({ job, batch }) => [job.id, batch?.length])).toEqual([
      ["b", 2],
      ["d", 1],
    ])
    await expectBuried("a")
  })

  it("fails where it is the last that came, and the one before it runs", async () => {
    for (const id of ["a", "b", "c"]) await put(id, { flow: flows.debounce })
    await spoil("c")
    expect(idsOf(await take(now + 1000))).toEqual(["b"])
    await expectBuried("c")
  })

  it("fails when its time comes, with those that it leads", async () => {
    for (const id of ["a", "b"]) await put(id, { flow: flows.batch })
    await put("other", {})
    const [leader] = (await take()).filter(({ batch }) => batch !== null)
    expect(leader?.batch?.length).toBe(2)
    if (!leader) return
    await storage.queue.settle([{ lease: leader, outcome: "again", runAt: now + 5, attempt: null, at: now }])
    await put("later", { runAt: now + 5, flow: flows.lane })
    await spoil("a")
    expect(idsOf(await take(now + 5))).toEqual(["later"])
    for (const id of ["a", "b"]) await expectBuried(id)
  })

  it("runs where it has passed everything, and is settled", async () => {
    await put("a", { flow: flows.lane })
    await spoil("a", "{}")
    const [lease] = await take()
    expect(lease?.job).toMatchObject({ id: "a", flow: null })
    if (!lease) return
    expect(await storage.queue.settle([{ lease, outcome: "succeeded", result: null, attempt: null, at: now }])).toEqual(
      [],
    )
  })

  describe("gives its place back", () => {
    const wide = { ...noFlow, lanes: [...flows.lane.lanes, { key: "wide", limit: 1 }] } as const satisfies Flow

    it("where it ends", async () => {
      for (const id of ["a", "b"]) await put(id, { flow: flows.lane })
      await spoil("a")
      const [lease] = await take()
      expect(lease?.job.id).toBe("a")
      if (!lease) return
      await storage.queue.settle([{ lease, outcome: "succeeded", result: null, attempt: null, at: now }])
      expect(idsOf(await take())).toEqual(["b"])
      await put("c", { flow: flows.lane })
      expect(idsOf(await take())).toEqual([])
    })

    it("where it is cancelled", async () => {
      for (const id of ["a", "b"]) await put(id, { flow: flows.lane })
      await spoil("a")
      const error = { code: "FN_002", name: "FunctionsError", message: "Cancelled.", stack: "" } as const
      await storage.queue.cancel("o", "a", error, now)
      expect(idsOf(await take())).toEqual(["b"])
    })

    it("where another lane holds it, and those that waited for it go on", async () => {
      const other: Flow = { ...noFlow, lanes: [{ key: "wide", limit: 1 }] }
      await put("first", { flow: other })
      await put("held", { flow: wide })
      await put("next", { flow: flows.lane })
      await spoil("held")
      const [lease] = await take()
      expect(lease?.job.id).toBe("first")
      if (!lease) return
      await storage.queue.settle([{ lease, outcome: "succeeded", result: null, attempt: null, at: now }])
      expect(idsOf(await take())).toEqual(["next"])
      await expectBuried("held")
    })
  })
})
