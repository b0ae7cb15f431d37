import { SqliteAdapter, SqliteQueryCompiler, sql } from "kysely"
import type { SqlEngine } from "./engine.ts"

/** SQLite 3.37 and later. */
export const sqliteEngine: SqlEngine = {
  columnTypes: {
    key: "text",
    text: "text",
    integer: "integer",
    bigInteger: "integer",
    real: "real",
    bytes: "blob",
    tableOptions: " strict",
  },
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  // A deferred transaction that turns to writing fails at once where another process writes, whatever the busy timeout.
  begin: (mode) => (mode === "read" ? "begin" : "begin immediate"),
  // Whoever writes holds the whole database.
  lock: async () => {},
  tryLock: async (_transaction, keys) => keys,
  keepsPrepared: true,
  changesInWith: false,
  given(json, columns) {
    const values = Object.keys(columns).map((name) => `json_extract(value, '$.${name}') as ${name}`)
    return sql`(select ${sql.raw(values.join(", "))} from json_each(${json})) as given`
  },
  find: "instr",
  skipLocked: "",
  clock: null,
  async hasTable(database, table) {
    const found = await sql`select 1 from sqlite_master where type = 'table' and name = ${table}`.execute(database)
    return found.rows.length > 0
  },
}
