import type { Row, SqlValue } from "../sql/connection.ts"

/** The seam to a SQLite library: what Inlay asks of it, and no more. */
export interface SqliteDriver {
  /** Runs one statement and gives its rows; none where it returns none. */
  query(sql: string, parameters: readonly SqlValue[]): readonly Row[]
  /** Runs statements that have no parameters, such as pragmas. */
  execute(script: string): void
  close(): void
}

/** A prepared statement of `node:sqlite`, `better-sqlite3` or `libsql`. */
export interface SqliteStatementLike {
  /** Whether it returns rows. `node:sqlite` does not have it, and does not need to be asked. */
  readonly reader?: boolean
  all(...parameters: never[]): unknown[]
  run(...parameters: never[]): unknown
}

/** An open database of `node:sqlite` (`DatabaseSync`), `better-sqlite3` or `libsql`. */
export interface SqliteDatabaseLike {
  prepare(sql: string): SqliteStatementLike
  exec(sql: string): unknown
}

/** Drives a database through its own library. Statements stay prepared; `close` is what closing means here. */
export function toSqliteDriver(database: SqliteDatabaseLike, close: () => void): SqliteDriver {
  const statements = new Map<string, Runner>()
  return {
    query(sql, parameters) {
      const known = statements.get(sql)
      if (known !== undefined) return known(parameters)
      const runner = toRunner(database.prepare(sql))
      if (statements.size === maxStatements) statements.delete(oldest(statements))
      statements.set(sql, runner)
      return runner(parameters)
    },
    execute: (script) => void database.exec(script),
    close() {
      statements.clear()
      close()
    },
  }
}

/** More than the storage has. */
const maxStatements = 200

type Runner = (parameters: readonly SqlValue[]) => readonly Row[]

function toRunner(statement: SqliteStatementLike): Runner {
  // The other two take the parameters as one array, and want to be told whether rows come back.
  if (statement.reader === undefined)
    return (parameters) => statement.all(...(withoutFlags(parameters).map(toBound) as never[])) as Row[]
  if (statement.reader) return (parameters) => statement.all(withoutFlags(parameters) as never) as Row[]
  return (parameters) => {
    statement.run(withoutFlags(parameters) as never)
    return []
  }
}

/**
 * libsql ends the whole process over one, and from Node 24 on the built-in library takes it for a number: the types of what a
 * host's plain JavaScript gives say nothing here.
 */
function withoutFlags(parameters: readonly SqlValue[]): readonly SqlValue[] {
  for (const value of parameters) {
    if (typeof value === "boolean") throw new TypeError("Cannot bind true or false to a statement of SQLite")
  }
  return parameters
}

/** Node 22's own library takes bytes without any memory behind them, as an empty array from another thread is, for null. */
function toBound(value: SqlValue): SqlValue {
  return value instanceof Uint8Array && value.byteLength === 0 ? noBytes : value
}

const noBytes = new Uint8Array(1).subarray(1)

function oldest(statements: ReadonlyMap<string, unknown>): string {
  for (const sql of statements.keys()) return sql
  return ""
}
