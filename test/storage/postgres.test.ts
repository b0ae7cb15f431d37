import pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { postgres } from "../../adapters/storage/postgres.ts"
import { sampleDeployment, sampleInvocation } from "../../src/testing/storage-contract/samples.ts"
import { storageContract } from "../../src/testing/storage-contract.ts"
import { onServer, preparePostgres } from "./support/postgres.ts"

const subject = preparePostgres()
// biome-ignore lint/suspicious/noConsole: whoever reads the result should know what it stands for.
if (!onServer) console.log("INLAY_TEST_POSTGRES_URL is not set: the PostgreSQL tests ran on PGlite.")

const runner = { describe, it, beforeEach, afterEach }

describe("postgres", () => {
  storageContract(runner, () => subject.createStorage(), { shared: true })
})

describe("postgres on a pool of the host", () => {
  storageContract(runner, () => postgres(subject.pool), { shared: true })

  it("leaves the pool open when it closes", async () => {
    const pool = subject.pool
    const storage = postgres(pool)
    await storage.open()
    await storage.close()
    const client = await pool.connect()
    expect((await client.query("select 1 as one", [])).rows).toEqual([{ one: 1 }])
    client.release()
  })

  it("gives every connection back, also after statements that fail", async () => {
    let out = 0
    const pool = subject.pool
    const storage = postgres({
      async connect() {
        const client = await pool.connect()
        out += 1
        return {
          query: (text, values) => client.query(text, values),
          release: (destroy) => {
            out -= 1
            client.release(destroy)
          },
        }
      },
    })
    await storage.open()
    const broken = { ...sampleInvocation("o", "f"), status: "unheard of" as "failed" }
    await expect(storage.invocations.insert([broken])).rejects.toThrow(/check constraint/)
    await expect(storage.invocations.insert([sampleInvocation("o", "f"), broken, broken])).rejects.toThrow()
    await storage.functions.commit(sampleDeployment("gives-back", "greet", "1"))
    await storage.close()
    expect(out).toBe(0)
  })

  it("writes nothing while it looks for jobs and there are none", async () => {
    const ids: unknown[] = []
    const storage = postgres({
      async connect() {
        const client = await subject.pool.connect()
        const query = async (text: string, values: unknown[]) => {
          if (!text.includes("inlay_jobs")) return await client.query(text, values)
          await client.query("begin", [])
          const result = await client.query(text, values)
          // It has none before the first change.
          const { rows } = await client.query("select pg_current_xact_id_if_assigned() as id", [])
          ids.push((rows[0] as { id: unknown }).id)
          await client.query("commit", [])
          return result
        }
        return { query, release: (destroy) => client.release(destroy) }
      },
    })
    await subject.pool.connect().then(async (client) => {
      await client.query("delete from inlay_jobs", [])
      client.release()
    })
    await storage.queue.take({ limit: 10, leaseMs: 1000, now: 1 })
    await storage.close()
    expect(ids).toEqual([null])
  })
})

describe("postgres that cannot be reached", () => {
  it("says so, without the password", async () => {
    const storage = postgres("postgres://somebody:hunter2@127.0.0.1:1/nowhere")
    const error = await storage.open().catch((reason: unknown) => reason)
    expect(String(error)).toMatch(/^Error: Cannot connect to PostgreSQL: connect ECONNREFUSED/)
    expect(String(error)).not.toContain("hunter2")
    await expect(storage.ping()).rejects.toThrow(/Cannot connect/)
    await storage.close()
  })

  it("passes on what the server says", async () => {
    const storage = postgres({ connect: () => Promise.reject(new Error("too many clients")) })
    await expect(storage.open()).rejects.toThrow("Cannot connect to PostgreSQL: too many clients")
    await storage.close()
  })

  it("refuses what is neither a URL nor a pool", () => {
    expect(() => postgres("mysql://localhost/x")).toThrow(TypeError)
    expect(() => postgres({} as never)).toThrow(TypeError)
    expect(() => postgres(null as never)).toThrow(TypeError)
    expect(() => postgres("postgres://localhost/x", { maxConnections: 0 })).toThrow(RangeError)
    expect(() => postgres("postgres://localhost/x", { connectTimeoutMs: 1.5 })).toThrow(RangeError)
  })
})

describe.skipIf(!onServer)("postgres on a server", () => {
  const url = subject.url ?? ""

  it("lives through the loss of its idle connections", async () => {
    const application = "inlay_test_lost"
    const lost = new URL(url)
    lost.searchParams.set("application_name", application)
    const storage = postgres(lost)
    await storage.open()
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    const ended = await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1",
      [application],
    )
    await admin.end()
    // A call may still meet a dead connection, each of them once; the pool has a new one for the next.
    for (let met = 0; met < ended.rows.length; met++) await storage.ping().catch(() => {})
    await storage.ping()
    await storage.close()
  })

  it("rejects a call whose connection is lost under way, and takes the next", async () => {
    const application = "inlay_test_cut"
    const cut = new URL(url)
    cut.searchParams.set("application_name", application)
    const storage = postgres(cut)
    await storage.open()
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    await admin.query("begin")
    await admin.query("select pg_advisory_xact_lock(hashtextextended('inlay:registry:cut', 0))")
    const waiting = storage.functions.commit(sampleDeployment("cut", "greet", "1"))
    const outcome = expect(waiting).rejects.toThrow(/terminat/)
    await untilWaiting(admin, application)
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [
      application,
    ])
    await outcome
    await admin.query("rollback")
    await admin.end()
    expect((await storage.functions.commit(sampleDeployment("cut", "greet", "1"))).version.number).toBe(1)
    await storage.close()
  })

  it("reads 64-bit numbers whatever the types that the host's pool parses them to", async () => {
    const types = { getTypeParser: (oid: number) => (oid === 20 ? BigInt : pg.types.getTypeParser(oid)) }
    const pool = new pg.Pool({ connectionString: url, types: types as pg.CustomTypesConfig })
    const storage = postgres(pool)
    await storage.open()
    const record = sampleInvocation("big", "f", { memoryBytes: 2 ** 40 })
    await storage.invocations.insert([record])
    expect(await storage.invocations.find("big", record.id)).toEqual(record)
    await storage.close()
    await pool.end()
  })
})

/** Asks until a connection of the application waits for a lock: the server tells of it in no other way. */
async function untilWaiting(admin: pg.Client, application: string): Promise<void> {
  for (;;) {
    const text = "select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'"
    if ((await admin.query(text, [application])).rows.length > 0) return
  }
}
