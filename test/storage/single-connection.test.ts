import { CompiledQuery, sql } from "kysely"
import { expect, it } from "vitest"
import { createKysely } from "../../adapters/storage/sql/kysely-driver.ts"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import type { SqliteChannel } from "../../adapters/storage/sqlite/channel.ts"
import { createSingleConnection } from "../../adapters/storage/sqlite/single-connection.ts"
import { openMemory } from "./support/sqlite.ts"

it("lets no statement slip into a transaction of somebody else", async () => {
  const kysely = createKysely(sqliteEngine, openMemory())
  await kysely.executeQuery(CompiledQuery.raw("create table t (a)"))
  const transaction = kysely.transaction().execute(async (inside) => {
    await sql`insert into t values ('rolled back')`.execute(inside)
    // Far more turns than the statement outside would need to slip in.
    for (let turn = 0; turn < 50; turn += 1) await sql`select 1`.execute(inside)
    throw new Error("on purpose")
  })
  const outside = sql`insert into t values ('kept')`.execute(kysely)
  await expect(transaction).rejects.toThrow("on purpose")
  await outside
  expect((await sql`select a from t`.execute(kysely)).rows).toEqual([{ a: "kept" }])
})

it("runs transactions one after the other, in the order in which they came", async () => {
  const kysely = createKysely(sqliteEngine, openMemory())
  const order: string[] = []
  await Promise.all(
    ["a", "b", "c"].map((name) =>
      kysely.transaction().execute(async (inside) => {
        order.push(`${name} begins`)
        await sql`select 1`.execute(inside)
        order.push(`${name} ends`)
      }),
    ),
  )
  expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"])
})

it("lets the next one try where opening failed", async () => {
  let attempts = 0
  const channel: SqliteChannel = {
    query: async () => [],
    transact: async () => [],
    close: async () => {},
    isLost: () => false,
    abandon() {},
  }
  const connections = createSingleConnection(async () => {
    attempts += 1
    if (attempts === 1) throw new Error("not yet")
    return channel
  })
  const [first, second] = await Promise.allSettled([connections.connect(), connections.connect()])
  expect([first.status, second.status]).toEqual(["rejected", "fulfilled"])
})

it("disconnects after those who came before, even where closing fails", async () => {
  const events: string[] = []
  const connections = createSingleConnection(async () => ({
    query: async () => [],
    transact: async () => [],
    async close() {
      events.push("closed")
      throw new Error("close failed")
    },
    isLost: () => false,
    abandon() {},
  }))
  const connection = await connections.connect()
  const disconnected = connections.disconnect()
  events.push("released")
  connection.release(false)
  await expect(disconnected).rejects.toThrow("close failed")
  expect(events).toEqual(["released", "closed"])
  const again = await connections.connect()
  again.release(false)
})

it("gives up a connection whose transaction could not be rolled back", async () => {
  let abandoned = 0
  const connections = createSingleConnection(async () => ({
    async query(text) {
      if (text === "rollback") throw new Error("disk on fire")
      return []
    },
    transact: async () => [],
    close: async () => {},
    isLost: () => false,
    abandon() {
      abandoned += 1
    },
  }))
  const failing = createKysely(sqliteEngine, connections)
    .transaction()
    .execute(() => Promise.reject(new Error("the reason")))
  await expect(failing).rejects.toThrow("the reason")
  expect(abandoned).toBe(1)
})
