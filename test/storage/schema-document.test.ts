import { readFileSync } from "node:fs"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createKysely } from "../../adapters/storage/sql/kysely-driver.ts"
import { postgresEngine } from "../../adapters/storage/sql/postgres-engine.ts"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import { createSqlStorage } from "../../adapters/storage/sql/storage.ts"
import { preparePostgres } from "./support/postgres.ts"
import { openMemory } from "./support/sqlite.ts"

type Tables = Readonly<Record<string, readonly string[]>>

const page = readFileSync(new URL("../../docs/schema.md", import.meta.url), "utf8")
const diagram = page.match(/```mermaid\n([\s\S]*?)```/)?.[1] ?? ""
const documented = [...diagram.matchAll(/^ {2}(\w+) \{\n([\s\S]*?)^ {2}\}/gm)].map(([, table = "", body = ""]) => ({
  table,
  columns: body
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/)),
}))
const documentedTables: Tables = Object.fromEntries(
  documented.map(({ table, columns }) => [table, columns.map(([, name = ""]) => name)]),
)
const documentedKeys: Tables = Object.fromEntries(
  documented.map(({ table, columns }) => [
    table,
    columns.filter(([, , mark]) => mark === "PK").map(([, name = ""]) => name),
  ]),
)
const documentedIndexes = [...page.matchAll(/^\| `(inlay_\w+)` +\|/gm)].map(([, name = ""]) => name).sort()

function group(rows: readonly { readonly table_name: string; readonly column_name: string }[]): Tables {
  const tables: Record<string, string[]> = {}
  for (const { table_name, column_name } of rows) {
    const columns = tables[table_name] ?? []
    columns.push(column_name)
    tables[table_name] = columns
  }
  return tables
}

describe("docs/schema.md", () => {
  it("draws tables, and joins only those that it draws", () => {
    expect(documented.length).toBeGreaterThan(5)
    for (const [, left = "", right = ""] of diagram.matchAll(/^ {2}(\w+) \S+--\S+ (\w+) :/gm)) {
      expect(Object.keys(documentedTables)).toEqual(expect.arrayContaining([left, right]))
    }
  })

  it("tells the tables, columns, keys and indexes of SQLite", async () => {
    const connections = openMemory()
    const storage = createSqlStorage({ name: "sqlite", engine: sqliteEngine, connections })
    await storage.open()
    const kysely = createKysely(sqliteEngine, connections)
    const columns = sql<{ table_name: string; column_name: string; pk: number }>`
      select m.name as table_name, c.name as column_name, c.pk as pk
      from sqlite_master as m, pragma_table_info(m.name) as c where m.type = 'table' order by m.name, c.cid`
    const { rows } = await columns.execute(kysely)
    expect(group(rows)).toEqual(documentedTables)
    expect(group(rows.filter(({ pk }) => pk > 0))).toEqual(documentedKeys)
    const indexes = sql<{ name: string }>`
      select name from sqlite_master where type = 'index' and sql is not null order by name`
    expect((await indexes.execute(kysely)).rows.map(({ name }) => name)).toEqual(documentedIndexes)
    await storage.close()
  })

  describe("compared with PostgreSQL", () => {
    const postgres = preparePostgres()
    const storage = createSqlStorage({
      name: "postgres",
      engine: postgresEngine,
      connections: { connect: () => connections().connect(), disconnect: async () => {} },
    })
    let source: ReturnType<typeof postgres.createConnections> | undefined
    const connections = () => {
      source ??= postgres.createConnections()
      return source
    }
    beforeAll(() => storage.open())
    afterAll(() => storage.close())

    it("tells the tables, columns, keys and indexes", async () => {
      const kysely = createKysely(postgresEngine, connections())
      const columns = sql<{ table_name: string; column_name: string }>`
        select table_name, column_name from information_schema.columns
        where table_schema = current_schema() order by table_name, ordinal_position`
      expect(group((await columns.execute(kysely)).rows)).toEqual(documentedTables)
      const indexes = sql<{ indexname: string }>`
        select indexname from pg_indexes where schemaname = current_schema()
        and indexname not like '%_pkey' and indexname not like '%_key' order by indexname`
      expect((await indexes.execute(kysely)).rows.map(({ indexname }) => indexname)).toEqual(documentedIndexes)
    })
  })
})
