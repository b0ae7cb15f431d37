import type { ConnectionSource, SqlValue } from "../../../adapters/storage/sql/connection.ts"

/** A statement as it reached the database. */
export interface RecordedStatement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

/** The same connections; every statement that goes through them is kept in `statements`. */
export function recordStatements(connections: ConnectionSource, statements: RecordedStatement[]): ConnectionSource {
  return watchStatements(connections, (sql, parameters) => void statements.push({ sql, parameters }))
}

/** The same connections; `before` is called, and waited for, with every statement that is to go through them. */
export function watchStatements(
  connections: ConnectionSource,
  before: (sql: string, parameters: readonly SqlValue[]) => Promise<void> | void,
): ConnectionSource {
  return {
    async connect() {
      const connection = await connections.connect()
      return {
        async query(sql, parameters, isOften) {
          await before(sql, parameters)
          return await connection.query(sql, parameters, isOften)
        },
        release: (broken) => connection.release(broken),
      }
    },
    disconnect: () => connections.disconnect(),
  }
}
