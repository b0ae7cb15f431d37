/** A row as a database library gives it. */
export type Row = Readonly<Record<string, unknown>>

/** What may be bound to a statement. */
export type SqlValue = null | number | bigint | string | Uint8Array

/** One connection, held by one user until it is released. */
export interface SqlConnection {
  /** Runs one statement and gives its rows; none where it returns none. */
  query(sql: string, parameters: readonly SqlValue[]): Promise<readonly Row[]>
  /** Hands the connection back. A broken one MUST NOT be given to the next user. */
  release(broken: boolean): void
}

/** Where connections come from: a pool, or a single connection that its users take in turns. */
export interface ConnectionSource {
  /** Waits for a connection; connects where that has not happened yet. */
  connect(): Promise<SqlConnection>
  /** Waits for the connections that are in use, then disconnects. MAY be used again afterwards. */
  disconnect(): Promise<void>
}
