import { PostgresAdapter, PostgresQueryCompiler, sql } from "kysely"
import type { SqlEngine } from "./engine.ts"

/** PostgreSQL 13 and later. */
export const postgresEngine: SqlEngine = {
  columnTypes: {
    // Without this collation names would sort by the language of the database, and pages with them.
    key: 'text collate "C"',
    text: "text",
    integer: "integer",
    bigInteger: "bigint",
    real: "double precision",
    bytes: "bytea",
    tableOptions: "",
  },
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  // Under a stricter isolation the waiter for a lock would go on with what it saw before it waited.
  begin: (mode) =>
    mode === "read"
      ? "begin isolation level repeatable read read only"
      : "begin isolation level read committed read write",
  async lock(transaction, key) {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`inlay:${key}`}, 0))`.execute(transaction)
  },
  skipLocked: " for update skip locked",
  async hasTable(database, table) {
    const found = await sql`select 1 where to_regclass(${table}) is not null`.execute(database)
    return found.rows.length > 0
  },
}
