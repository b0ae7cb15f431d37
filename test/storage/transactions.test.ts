import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { postgres as openPostgres } from "../../adapters/storage/postgres.ts"
import { loadSqlite } from "../../adapters/storage/sqlite/libraries.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import type { NewJob } from "../../src/model/job.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { onServer, preparePostgres } from "./support/postgres.ts"
import { loadableLibraries } from "./support/sqlite.ts"

const now = 1_800_000_000_000
const jobOf = (id: string, more: Partial<NewJob> = {}) =>
  sampleJob("o", { id, payload: "{}", runAt: now, createdAt: now, ...more })

async function put(storage: Storage, transaction: unknown, job: NewJob) {
  return storage.queue.join?.(transaction).put(job)
}

const refusal = async (work: () => unknown): Promise<string> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof FunctionsError && error.issues?.[0]?.path === "transaction") return error.issues[0].message
    throw error
  }
  return ""
}

async function takenFrom({ queue }: Storage): Promise<readonly string[]> {
  const { leases } = await queue.take({ limit: 10, leaseMs: 1000, now: now + 1 })
  return leases.map(({ job }) => job.id)
}

describe.each(loadableLibraries)("a job put in a transaction of %s on the caller's thread", (library) => {
  async function start() {
    const database = loadSqlite([library])(":memory:")
    const storage = sqlite(database)
    await storage.open()
    database.exec("create table orders (id)")
    const close = async () => {
      await storage.close()
      database.close()
    }
    return { database, storage, close }
  }

  it("is there when the host commits, and never was when it rolls back", async () => {
    const { database, storage, close } = await start()
    for (const [id, ending] of [
      ["one", "rollback"],
      ["two", "commit"],
    ] as const) {
      database.exec("begin")
      database.exec(`insert into orders values ('${id}')`)
      expect(await put(storage, database, jobOf(id))).toEqual({ outcome: "added", id })
      database.exec(ending)
    }
    expect(await takenFrom(storage)).toEqual(["two"])
    await close()
  })

  it("is written before the call returns, so the host need not wait within its transaction", async () => {
    const { database, storage, close } = await start()
    database.exec("begin")
    const written = put(storage, database, jobOf("one"))
    database.exec("commit")
    expect(await written).toEqual({ outcome: "added", id: "one" })
    expect(await takenFrom(storage)).toEqual(["one"])
    await close()
  })

  it("is known by its idempotency key", async () => {
    const { database, storage, close } = await start()
    const idempotency = { key: "k", hash: "h", until: now + 60_000 }
    await storage.queue.put([jobOf("one", { idempotency })])
    database.exec("begin")
    expect(await put(storage, database, jobOf("two", { idempotency }))).toEqual({ outcome: "known", id: "one" })
    const other = jobOf("three", { idempotency: { ...idempotency, hash: "other" } })
    expect(await put(storage, database, other)).toEqual({ outcome: "conflict", id: "one" })
    const later = jobOf("four", { idempotency, createdAt: idempotency.until })
    expect(await put(storage, database, later)).toEqual({ outcome: "added", id: "four" })
    database.exec("commit")
    await close()
  })

  it("is refused without a transaction, and in one of another database", async () => {
    const { database, storage, close } = await start()
    expect(await refusal(() => put(storage, database, jobOf("one")))).toBe("the database has no transaction open")
    const other = loadSqlite([library])(":memory:")
    expect(await refusal(() => put(storage, other, jobOf("one")))).toMatch(
      /not the database that the storage was given/,
    )
    expect(await refusal(() => put(storage, null, jobOf("one")))).toMatch(/not the database that the storage was given/)
    expect(await takenFrom(storage)).toEqual([])
    other.close()
    await close()
  })
})

it("has no way into a transaction where SQLite is in a thread of its own", () => {
  expect(sqlite(":memory:").queue.join).toBeUndefined()
})

// PGlite has one connection, so a transaction of the host's on it would hold up the storage's own.
describe.runIf(onServer)("a job put in a transaction of PostgreSQL", () => {
  const postgres = preparePostgres()

  async function start() {
    const storage = postgres.createStorage()
    await storage.open()
    const host = new pg.Pool({ connectionString: postgres.url ?? "", max: 2 })
    await host.query("delete from inlay_jobs")
    const close = async () => {
      await storage.close()
      await host.end()
    }
    return { storage, host, close }
  }

  it("is there when the host commits, and never was when it rolls back", async () => {
    const { storage, host, close } = await start()
    const client = await host.connect()
    for (const [id, ending] of [
      ["one", "rollback"],
      ["two", "commit"],
    ] as const) {
      await client.query("begin")
      expect(await put(storage, client, jobOf(id))).toEqual({ outcome: "added", id })
      expect(await takenFrom(storage)).toEqual([])
      await client.query(ending)
    }
    expect(await takenFrom(storage)).toEqual(["two"])
    client.release()
    await close()
  })

  it("may be one of Kysely's", async () => {
    const { storage, host, close } = await start()
    const kysely = new Kysely<never>({ dialect: new PostgresDialect({ pool: host }) })
    await kysely.transaction().execute((transaction) => put(storage, transaction, jobOf("one")))
    const undone = kysely.transaction().execute(async (transaction) => {
      await put(storage, transaction, jobOf("two"))
      throw new Error("on purpose")
    })
    await expect(undone).rejects.toThrow("on purpose")
    expect(await takenFrom(storage)).toEqual(["one"])
    await close()
  })

  it("is known by its idempotency key", async () => {
    const { storage, host, close } = await start()
    const idempotency = { key: "k", hash: "h", until: now + 60_000 }
    await storage.queue.put([jobOf("one", { idempotency })])
    const client = await host.connect()
    await client.query("begin")
    expect(await put(storage, client, jobOf("two", { idempotency }))).toEqual({ outcome: "known", id: "one" })
    await client.query("commit")
    client.release()
    await close()
  })

  it("is put though the transactions of the host have every connection of its pool", async () => {
    const { host, close } = await start()
    const storage = openPostgres(host, { listen: false })
    await storage.open()
    const clients = await Promise.all([host.connect(), host.connect()])
    for (const client of clients) {
      await client.query("begin")
      await put(storage, client, jobOf(`of ${clients.indexOf(client)}`))
      await client.query("commit")
    }
    for (const client of clients) client.release()
    expect(await takenFrom(storage)).toEqual(["of 0", "of 1"])
    await storage.close()
    await close()
  })

  it("may be put in a session of another time zone", async () => {
    const { storage, host, close } = await start()
    const client = await host.connect()
    await client.query("begin")
    await client.query("set local time zone 'Asia/Tokyo'")
    await put(storage, client, jobOf("one"))
    await client.query("commit")
    client.release()
    expect(await takenFrom(storage)).toEqual(["one"])
    await close()
  })

  it("may be put beside another that fails, and the transaction goes on", async () => {
    const { storage, host, close } = await start()
    const client = await host.connect()
    await client.query("begin")
    const [one, two] = await Promise.allSettled([
      put(storage, client, jobOf("one")),
      put(storage, client, jobOf("two", { maxAttempts: 2 ** 40 })),
    ])
    expect([one.status, two.status]).toEqual(["fulfilled", "rejected"])
    await client.query("commit")
    client.release()
    expect(await takenFrom(storage)).toEqual(["one"])
    await close()
  })

  it("is refused without a transaction, of another schema and of another kind; the transaction goes on", async () => {
    const { storage, host, close } = await start()
    expect(await refusal(() => put(storage, host, jobOf("one")))).toBe("no transaction is open on the client")
    const client = await host.connect()
    await client.query("begin")
    await client.query("set local search_path to public")
    expect(await refusal(() => put(storage, client, jobOf("one")))).toMatch(/another database or schema/)
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }])
    await client.query("commit")
    client.release()
    expect(await refusal(() => put(storage, {}, jobOf("one")))).toMatch(/neither a client of pg nor/)
    expect(await takenFrom(storage)).toEqual([])
    await close()
  })
})

it("is put in a transaction of PostgreSQL after the server was started again", async () => {
  let startedAt = "1"
  const query = async (text: string) => ({
    rows: text.includes("postmaster") ? [{ place: startedAt }] : [{ id: "one" }],
  })
  const storage = openPostgres({ connect: async () => ({ query, release() {} }) })
  expect(await put(storage, { query }, jobOf("one"))).toEqual({ outcome: "added", id: "one" })
  startedAt = "2"
  expect(await put(storage, { query }, jobOf("one"))).toEqual({ outcome: "added", id: "one" })
})
