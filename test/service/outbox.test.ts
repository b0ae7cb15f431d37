import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadSqlite, type OwnSqliteDatabase } from "../../adapters/storage/sqlite/libraries.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, type Functions, type FunctionsService, type Storage } from "../../src/index.ts"
import { onServer, preparePostgres } from "../storage/support/postgres.ts"
import { openService, rejectionOf } from "./service.ts"

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const triggers = [{ type: "event", event: "order.placed" }] as const
const echo = { name: "echo", source: "export default (event) => event", config: { triggers } }

async function startOn(storage: Storage): Promise<FunctionsService> {
  return createFunctions({ storage, authenticate: "open", logger: silent, queue: { pollMs: 5 } })
}

const eventually = async <Value>(look: () => Promise<Value>, isThere: (value: Value) => boolean): Promise<Value> => {
  for (;;) {
    const value = await look()
    if (isThere(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The function has answered the event that was published under this id. */
async function expectDelivery(functions: Functions, id: string): Promise<void> {
  const { firings } = await eventually(
    () => functions.events.get(id),
    ({ status }) => status === "delivered",
  )
  await expectAnswer(functions, firings?.[0]?.jobId ?? "")
}

async function expectAnswer(functions: Functions, id: string): Promise<void> {
  await eventually(
    () => functions.invocations.get(id),
    ({ status }) => status === "succeeded",
  )
}

describe("in a transaction of the host's SQLite", () => {
  let database: OwnSqliteDatabase
  let functions: FunctionsService
  beforeAll(async () => {
    database = loadSqlite()(":memory:")
    database.exec("create table orders (id)")
    functions = await startOn(sqlite(database))
    await functions.deploy(echo)
  })
  afterAll(async () => {
    await functions.close({ graceMs: 0 })
    database.close()
  })

  it("what is published and enqueued runs where the host commits", async () => {
    database.exec("begin")
    database.exec("insert into orders values (17)")
    const published = await functions.publish({ type: "order.placed", data: 17 }, { transaction: database })
    const called = await functions.enqueue("echo", 17, { transaction: database })
    expect(called.status).toBe("queued")
    database.exec("commit")
    await expectDelivery(functions, published.id)
    await expectAnswer(functions, called.id)
  })

  it("nothing of it was ever there where the host rolls back", async () => {
    database.exec("begin")
    const published = await functions.publish({ type: "order.placed" }, { transaction: database })
    const called = await functions.enqueue("echo", 1, { transaction: database })
    database.exec("rollback")
    expect((await rejectionOf(functions.events.get(published.id))).code).toBe("FN_001")
    expect((await rejectionOf(functions.invocations.get(called.id))).code).toBe("FN_001")
  })

  it("an event is written before publish returns, so that a transaction need not wait", async () => {
    database.exec("begin")
    const kept = functions.publish({ type: "order.placed" }, { transaction: database })
    database.exec("commit")
    database.exec("begin")
    const undone = functions.publish({ type: "order.placed" }, { transaction: database })
    database.exec("rollback")
    await expectDelivery(functions, (await kept).id)
    expect((await rejectionOf(functions.events.get((await undone).id))).code).toBe("FN_001")
  })

  it("a function that nobody has called yet is found, though the database is the transaction's", async () => {
    await functions.deploy({ ...echo, name: "cold", config: {} })
    const fresh = await startOn(sqlite(database))
    database.exec("begin")
    const called = await fresh.enqueue("cold", 1, { transaction: database })
    expect((await rejectionOf(fresh.enqueue("none", 1, { transaction: database }))).code).toBe("FN_001")
    database.exec("commit")
    await expectAnswer(functions, called.id)
    await fresh.close({ graceMs: 0 })
  })

  it("refuses what is no transaction of this database", async () => {
    const wrong = await rejectionOf(functions.publish({ type: "a" }, { transaction: {} }))
    expect(wrong).toMatchObject({ code: "FN_006", issues: [{ path: "transaction" }] })
    const none = await rejectionOf(functions.enqueue("echo", 1, { transaction: database }))
    expect(none).toMatchObject({ code: "FN_006", issues: [{ path: "transaction" }] })
  })
})

describe("where SQLite has a thread of its own", () => {
  const service = openService()

  it("a transaction is refused", async () => {
    const { message, code } = await rejectionOf(service.functions.publish({ type: "a" }, { transaction: {} }))
    expect(code).toBe("FN_006")
    expect(message).toMatch(/^Cannot take part in the transaction: .*sqlite\(database\) and postgres\(\)/)
  })
})

// PGlite has one connection, so a transaction of the host's on it would hold up the service's own work.
describe.runIf(onServer)("in a transaction of the host's on PostgreSQL", () => {
  const postgres = preparePostgres()
  let functions: FunctionsService
  let pool: pg.Pool
  beforeAll(async () => {
    functions = await startOn(postgres.createStorage())
    pool = new pg.Pool({ connectionString: postgres.url ?? "", max: 1 })
    await pool.query("create table orders (id integer)")
    await functions.deploy(echo)
  })
  afterAll(async () => {
    await functions.close({ graceMs: 0 })
    await pool.end()
  })

  it("what is published and enqueued runs where the host commits, once", async () => {
    const client = await pool.connect()
    const event = { type: "order.placed", source: "/shop", id: "17" }
    await client.query("begin")
    await client.query("insert into orders values (17)")
    const first = await functions.publish(event, { transaction: client })
    const called = await functions.enqueue("echo", 17, { transaction: client })
    expect((await rejectionOf(functions.events.get(first.id))).code).toBe("FN_001")
    await client.query("commit")
    client.release()
    await expectDelivery(functions, first.id)
    await expectAnswer(functions, called.id)
    expect(await functions.publish(event)).toMatchObject({ id: first.id, duplicate: true })
  })

  it("nothing of it was ever there where the host rolls back", async () => {
    const client = await pool.connect()
    await client.query("begin")
    const [one, other] = await functions.events.publishAll([{ type: "order.placed" }, { type: "order.placed" }], {
      transaction: client,
    })
    await client.query("rollback")
    client.release()
    for (const published of [one, other]) {
      expect((await rejectionOf(functions.events.get(published?.id ?? ""))).code).toBe("FN_001")
    }
  })
})
