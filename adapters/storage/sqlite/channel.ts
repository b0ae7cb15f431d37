import type { Row, SqlValue } from "../sql/connection.ts"
import { type SqliteDatabaseLike, toSqliteDriver } from "./driver.ts"

/** The way to one SQLite connection, wherever it lives. */
export interface SqliteChannel {
  query(sql: string, parameters: readonly SqlValue[]): Promise<readonly Row[]>
  close(): Promise<void>
  /** Whether it can answer no more, and opening the database again loses nothing. */
  isLost(): boolean
  /** Gives up a connection whose state is unknown, where another can be had. */
  abandon(): void
}

/** The way to a database that the host opened on this thread. Closing the channel leaves it open. */
export function createThreadChannel(database: SqliteDatabaseLike): SqliteChannel {
  const driver = toSqliteDriver(database, () => {})
  return {
    query: async (sql, parameters) => driver.query(sql, parameters),
    close: async () => driver.close(),
    isLost: () => false,
    abandon() {},
  }
}
