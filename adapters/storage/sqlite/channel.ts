import type { Row, SqlStatement, SqlValue } from "../sql/connection.ts"

/** The way to one SQLite connection, wherever it lives. */
export interface SqliteChannel {
  query(sql: string, parameters: readonly SqlValue[]): Promise<readonly Row[]>
  /** Runs statements in one transaction, all of them or none. */
  transact(statements: readonly SqlStatement[]): Promise<readonly (readonly Row[])[]>
  close(): Promise<void>
  /** Whether it can answer no more, and opening the database again loses nothing. */
  isLost(): boolean
  /** Gives up a connection whose state is unknown, where another can be had. */
  abandon(): void
}
