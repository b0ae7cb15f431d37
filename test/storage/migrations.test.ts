import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ConnectionSource } from "../../adapters/storage/sql/connection.ts"
import type { Database } from "../../adapters/storage/sql/database.ts"
import type { SqlEngine } from "../../adapters/storage/sql/engine.ts"
import { createKysely } from "../../adapters/storage/sql/kysely-driver.ts"
import { migrate, readStatus } from "../../adapters/storage/sql/migrate.ts"
import { allMigrations } from "../../adapters/storage/sql/migrations/all.ts"
import type { Migration } from "../../adapters/storage/sql/migrations/migration.ts"
import { postgresEngine } from "../../adapters/storage/sql/postgres-engine.ts"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import { createSqlStorage } from "../../adapters/storage/sql/storage.ts"
import { createTransact } from "../../adapters/storage/sql/transact.ts"
import { preparePostgres } from "./support/postgres.ts"
import { openMemory } from "./support/sqlite.ts"

const postgres = preparePostgres()
const databases: readonly (readonly [string, SqlEngine, () => ConnectionSource])[] = [
  ["sqlite", sqliteEngine, openMemory],
  ["postgres", postgresEngine, () => postgres.createConnections()],
]
const makes = (name: string, table: string): Migration => ({
  name,
  statements: ({ key }) => [`create table ${table} (a ${key})`],
})
const one = makes("0001_one", "test_one")
const two = makes("0002_two", "test_two")
const broken: Migration = {
  name: "0002_broken",
  statements: () => ["create table test_half (a integer)", "create table test_half (a integer)"],
}

for (const [name, engine, open] of databases) {
  describe(`migrations on ${name}`, () => {
    let connections: ConnectionSource
    let database: Database
    beforeAll(() => {
      connections = open()
      const kysely = createKysely(engine, connections)
      database = { engine, kysely, transact: createTransact(kysely, connections) }
    })
    afterAll(() => connections.disconnect())

    it("are all missing at first, which is told without changing anything", async () => {
      const status = await readStatus(database, [one, two])
      expect(status).toEqual([
        { name: "0001_one", appliedAt: null },
        { name: "0002_two", appliedAt: null },
      ])
      expect(await engine.hasTable(database.kysely, "inlay_migrations")).toBe(false)
    })

    it("that fail are rolled back whole, and name the statement's error; those before stay", async () => {
      await expect(migrate(database, [one, broken], () => 5)).rejects.toThrow(
        /^Cannot apply migration "0002_broken": .*test_half.* already exists.*; nothing of it was kept\./,
      )
      expect(await engine.hasTable(database.kysely, "test_half")).toBe(false)
      expect(await engine.hasTable(database.kysely, "test_one")).toBe(true)
      expect(await readStatus(database, [one, broken])).toEqual([
        { name: "0001_one", appliedAt: 5 },
        { name: "0002_broken", appliedAt: null },
      ])
    })

    it("go on where they stopped, once, however many begin at once", async () => {
      await Promise.all([1, 2, 3].map(() => migrate(database, [one, two], () => 6)))
      expect(await readStatus(database, [one, two])).toEqual([
        { name: "0001_one", appliedAt: 5 },
        { name: "0002_two", appliedAt: 6 },
      ])
    })

    it("of a newer Inlay are refused by name, and nothing is applied then", async () => {
      const three = makes("0003_three", "test_three")
      await expect(migrate(database, [one, three], () => 7)).rejects.toThrow(
        /a newer Inlay has migrated it to "0002_two", which this one does not know; update Inlay/,
      )
      await expect(readStatus(database, [one])).rejects.toThrow(/a newer Inlay/)
      expect(await engine.hasTable(database.kysely, "test_three")).toBe(false)
      const storage = createSqlStorage({ name, engine, connections })
      await expect(storage.open()).rejects.toThrow(/a newer Inlay/)
      await expect(storage.migrationStatus()).rejects.toThrow(/a newer Inlay/)
    })
  })
}

it("are named by number and subject, and sorted", () => {
  const names = allMigrations.map((migration) => migration.name)
  expect(names).toEqual([...names].sort())
  // A number may be left out: what was developed side by side need not be renumbered.
  for (const name of names) expect(name).toMatch(/^\d{4}_[a-z_]+$/)
  expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length)
})

it("hold on PostgreSQL a lock that another process waits for", async () => {
  const connections = postgres.createConnections()
  const kysely = createKysely(postgresEngine, connections)
  const order: string[] = []
  if (postgres.url === null) return
  let locked = (): void => {}
  const hasLock = new Promise<void>((resolve) => {
    locked = resolve
  })
  const first = kysely.transaction().execute(async (transaction) => {
    await postgresEngine.lock(transaction, "schema")
    locked()
    await sql`select pg_sleep(0.05)`.execute(transaction)
    order.push("first")
  })
  await hasLock
  const second = kysely.transaction().execute(async (transaction) => {
    await postgresEngine.lock(transaction, "schema")
    order.push("second")
  })
  await Promise.all([first, second])
  expect(order).toEqual(["first", "second"])
})
