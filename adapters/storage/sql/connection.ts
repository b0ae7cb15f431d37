/** A row as a database library gives it. */
export type Row = Readonly<Record<string, unknown>>

/** What may be bound to a statement. */
export type SqlValue = null | number | bigint | string | Uint8Array

/** A statement with what is bound to it. */
export interface SqlStatement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

/** One connection, held by one user until it is released. */
export interface SqlConnection {
  /**
   * Runs one statement and gives its rows; none where it returns none. One that is asked for often MAY stay prepared: there
   * are few such texts, and they name the columns that they return.
   */
  query(sql: string, parameters: readonly SqlValue[], isOften?: boolean): Promise<readonly Row[]>
  /** Hands the connection back. A broken one MUST NOT be given to the next user. */
  release(broken: boolean): void
}

/** A connection that is in a transaction of the host's. */
export interface JoinedConnection {
  /**
   * Runs what `steps` asks for, one statement after the other, within the host's transaction; nothing of it stays where
   * one fails. Where the connection answers at once, all of it has run when this returns its promise.
   */
  run<Result>(steps: () => Generator<JoinedStatement, Result, readonly Row[]>): Promise<Result>
}

/** A statement that is to run in the host's transaction. */
export interface JoinedStatement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** Where connections come from: a pool, or a single connection that its users take in turns. */
export interface ConnectionSource {
  /**
   * Joins a transaction that the host has open; absent where there is no way into one. `FN_006` where it is none, or one
   * of another database: at once, or when something is run in it.
   */
  join?(transaction: unknown): JoinedConnection
  /** The tables are there: what `join` must know of them is read now, while no transaction of the host's waits for it. */
  opened?(): Promise<void>
  /**
   * Runs statements one after the other in a transaction that writes, all of them or none; answers their rows. Absent where
   * that is no faster than through a connection.
   */
  transact?(statements: readonly SqlStatement[]): Promise<readonly (readonly Row[])[]>
  /** Waits for a connection; connects where that has not happened yet. */
  connect(): Promise<SqlConnection>
  /** Has every connection end at once, those in use too; until `disconnect` there are no others. */
  cut?(): void
  /** Waits for the connections that are in use, then disconnects. MAY be used again afterwards. */
  disconnect(): Promise<void>
}
