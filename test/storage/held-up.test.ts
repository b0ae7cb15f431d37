import pg from "pg"
import { describe, expect, it } from "vitest"
import { postgresEngine } from "../../adapters/storage/sql/postgres-engine.ts"
import { createSqlStorage } from "../../adapters/storage/sql/storage.ts"
import type { Flow } from "../../src/model/flow.ts"
import type { NewJob } from "../../src/model/job.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { onServer, preparePostgres } from "./support/postgres.ts"
import { watchStatements } from "./support/recording.ts"

const now = 1_800_000_000_000
const flow: Flow = { gathering: null, throttle: null, lanes: [{ key: "k", limit: 1 }] }
const idempotency = { key: "order-1", hash: "h", until: now + 60_000 }

const jobOf = (organisation: string, id: string, more: Partial<NewJob> = {}) =>
  sampleJob(organisation, { id, payload: "{}", runAt: now, createdAt: now, ...more })

async function take({ queue }: Storage) {
  return (await queue.take({ limit: 10, leaseMs: 60_000, now: now + 1 })).leases
}

async function settle({ queue }: Storage, leases: Awaited<ReturnType<typeof take>>) {
  return queue.settle(
    leases.map((lease) => ({ lease, outcome: "succeeded", result: null, attempt: null, at: now + 2 })),
  )
}

const namesOf = (leases: Awaited<ReturnType<typeof take>>) => leases.map(({ job }) => job.id).sort()

// PGlite has one connection, so a transaction of the host's on it would hold up the storage's own.
describe.runIf(onServer)("while a transaction of the host's is open on PostgreSQL", () => {
  const postgres = preparePostgres()

  async function start() {
    const storage = postgres.createStorage()
    await storage.open()
    const host = new pg.Client({ connectionString: postgres.url ?? "" })
    await host.connect()
    await host.query("delete from inlay_jobs")
    await host.query("delete from inlay_lanes")
    await host.query("begin")
    return {
      storage,
      host,
      async close() {
        await host.query("rollback")
        await host.end()
        await storage.close()
      },
    }
  }

  it("in which a key was put, everything else goes on, and who puts the key is told what holds it up", async () => {
    const { storage, host, close } = await start()
    const { queue } = storage
    await queue.join?.(host).put(jobOf("a", "a1", { idempotency, flow }))
    const refused = queue.put([jobOf("a", "a2", { idempotency, flow })]).catch((error) => error)
    const again = queue.put([jobOf("a", "a3", { idempotency })]).catch((error) => error)
    await Promise.all([
      queue.put([jobOf("b", "plain")]),
      queue.put([jobOf("b", "keyed", { idempotency })]),
      queue.put([jobOf("b", "flowing", { flow })]),
      queue.put([jobOf("a", "own", { flow })]),
    ])
    const leases = await take(storage)
    expect(namesOf(leases)).toEqual(["flowing", "keyed", "own", "plain"])
    await queue.put([jobOf("b", "next", { flow, idempotency: { ...idempotency, key: "order-2" } })])
    expect(await settle(storage, leases)).toEqual([])
    expect(namesOf(await take(storage))).toEqual(["next"])
    for (const error of [await refused, await again]) {
      expect(error).toMatchObject({ code: "FN_007", retryAfterSeconds: 1 })
      expect(error.message).toMatch(
        /^Cannot put job "\w+" with idempotency key "order-1": .* a job with this key; end it/,
      )
    }
    await host.query("commit")
    expect(await queue.put([jobOf("a", "a4", { idempotency })])).toEqual([{ outcome: "known", id: "a1" }])
    await close()
  })

  it("who puts the key is answered once that transaction has ended", async () => {
    const { storage, host, close } = await start()
    await storage.queue.join?.(host).put(jobOf("a", "a1", { idempotency }))
    const puts = ["a2", "a3", "a4"].map((id) => storage.queue.put([jobOf("a", id, { idempotency })]))
    await storage.queue.put([jobOf("b", "b1", { idempotency })])
    await host.query("rollback")
    const results = (await Promise.all(puts)).flat()
    expect(results.filter(({ outcome }) => outcome === "added")).toHaveLength(1)
    expect(new Set(results.map(({ id }) => id)).size).toBe(1)
    await close()
  })

  it("that has locked the lanes of an organisation, the jobs of all others and its free ones go on", async () => {
    const { storage, host, close } = await start()
    const { queue } = storage
    await queue.put([jobOf("a", "a1", { flow }), jobOf("b", "b1", { flow })])
    const first = await take(storage)
    expect(namesOf(first)).toEqual(["a1", "b1"])
    await host.query("select pg_advisory_xact_lock(hashtextextended('inlay:lanes:a', 0))")
    const settledHere = settle(storage, first.slice(0, 1))
    await queue.put([jobOf("a", "a2"), jobOf("a", "a3", { flow: { ...flow, lanes: [{ key: "other", limit: 1 }] } })])
    await queue.put([jobOf("b", "b2", { flow }), jobOf("c", "c1", { flow })])
    expect(await settle(storage, first.slice(1))).toEqual([])
    expect(namesOf(await take(storage))).toEqual(["a2", "b2", "c1"])
    const { nextAt } = await queue.take({ limit: 1, leaseMs: 1, now: now + 1 })
    expect(nextAt).toBeLessThan(now + 1000)
    await host.query("commit")
    expect(await settledHere).toEqual([])
    expect(namesOf(await take(storage))).toEqual(["a3"])
    await close()
  })

  it("that has locked many lanes, none of their jobs hides those of others", async () => {
    const { storage, host, close } = await start()
    await storage.queue.put([...Array(20).keys()].map((index) => jobOf("a", `a${index}`, { runAt: now + 1, flow })))
    await storage.queue.put([jobOf("b", "b1", { runAt: now + 2, flow })])
    await host.query("select pg_advisory_xact_lock(hashtextextended('inlay:lanes:a', 0))")
    const { leases } = await storage.queue.take({ limit: 5, leaseMs: 1000, now: now + 2 })
    expect(namesOf(leases)).toEqual(["b1"])
    await close()
  })

  it("that has locked the lanes of an organisation, a cancellation says what holds it up", async () => {
    const { storage, host, close } = await start()
    await storage.queue.put([jobOf("a", "a1", { flow })])
    await host.query("select pg_advisory_xact_lock(hashtextextended('inlay:lanes:a', 0))")
    const error = { code: "FN_004", name: "Error", message: "no", stack: "" } as const
    await expect(storage.queue.cancel("a", "a1", error, now)).rejects.toMatchObject({ code: "FN_007" })
    await close()
  })

  it("no consumer is told of what it puts before it commits", async () => {
    const { storage, host, close } = await start()
    const told: string[] = []
    let hear = () => {}
    const heard = () =>
      new Promise<void>((resolve) => {
        hear = resolve
      })
    const listening = heard()
    const unwatch = storage.queue.watch(() => {
      told.push("work")
      hear()
    })
    await listening
    told.length = 0
    await storage.queue.join?.(host).put(jobOf("a", "a1"))
    await storage.queue.find("a", "a1")
    expect(told).toEqual([])
    const committed = heard()
    await host.query("commit")
    await committed
    expect(namesOf(await take(storage))).toEqual(["a1"])
    unwatch()
    await close()
  })

  it("the job that a key was answered with is not removed", async () => {
    const { storage, host, close } = await start()
    const { queue } = storage
    await queue.put([jobOf("a", "a1", { idempotency })])
    await settle(storage, await take(storage))
    expect(await queue.join?.(host).put(jobOf("a", "a2", { idempotency }))).toEqual({ outcome: "known", id: "a1" })
    expect(await queue.purge("a", {}, 10)).toBe(0)
    expect(await queue.expire("succeeded", now + 1e9, 10)).toBe(0)
    await host.query("commit")
    expect(await queue.purge("a", {}, 10)).toBe(1)
    await close()
  })

  it("a job whose key is removed just when it is looked for is added", async () => {
    const { storage, host, close } = await start()
    let isOver = false
    const removing = watchStatements(postgres.createConnections(), async (sql) => {
      if (isOver || !/^\s*select .*idempotency_hash/s.test(sql)) return
      isOver = true
      expect(await storage.queue.purge("a", {}, 10)).toBe(1)
    })
    const other = createSqlStorage({ name: "other", engine: postgresEngine, connections: removing })
    for (const [index, put] of [
      (job: NewJob) => other.queue.put([job]).then(([result]) => result),
      (job: NewJob) => {
        const query = async (sql: string, values: unknown[]) => {
          if (/^\s*select .*idempotency_hash/s.test(sql) && !isOver) {
            isOver = true
            expect(await storage.queue.purge("a", {}, 10)).toBe(1)
          }
          return host.query(sql, values)
        }
        return storage.queue.join?.({ query }).put(job)
      },
    ].entries()) {
      isOver = false
      await storage.queue.put([jobOf("a", `old${index}`, { idempotency })])
      await settle(storage, await take(storage))
      expect(await put(jobOf("a", `new${index}`, { idempotency }))).toEqual({ outcome: "added", id: `new${index}` })
      expect(isOver).toBe(true)
      await settle(storage, await take(storage))
      await storage.queue.purge("a", {}, 10)
    }
    await host.query("commit")
    expect(await storage.queue.find("a", "new1")).toMatchObject({ status: "delayed" })
    await close()
  })
})
