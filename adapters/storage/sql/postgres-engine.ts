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
  async tryLock(transaction, keys) {
    const { rows } = await sql<{ key: string; held: boolean }>`
      select key, pg_try_advisory_xact_lock(hashtextextended('inlay:' || key, 0)) as held
      from json_array_elements_text(cast(${JSON.stringify(keys)} as json)) as given (key)`.execute(transaction)
    return rows.flatMap(({ key, held }) => (held ? [key] : []))
  },
  waits: {
    async limit(transaction, ms) {
      await sql.raw(`set local lock_timeout = ${Math.ceil(ms)}`).execute(transaction)
    },
    isHeldUp: (error) =>
      error instanceof Error && "code" in error && (error.code === "55P03" || error.code === "40P01"),
  },
  readOnly: {
    isNow: sql`select current_setting('transaction_read_only') = 'on' as refuses`,
    isRefusal: isReadOnlyRefusal,
  },
  keepsPrepared: false,
  changesInWith: true,
  given(json, columns) {
    const types = Object.entries(columns).map(([name, type]) => `${name} ${type}`)
    return sql`json_to_recordset(cast(${json} as json)) as given (${sql.raw(types.join(", "))})`
  },
  find: "strpos",
  skipLocked: " for update skip locked",
  clock: sql`select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`,
  async hasTable(database, table) {
    const found = await sql`select 1 where to_regclass(${table}) is not null`.execute(database)
    return found.rows.length > 0
  },
}

/** Whether a statement failed because its transaction is read-only: on a standby, or by the default of its session. */
export function isReadOnlyRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "25006"
}
