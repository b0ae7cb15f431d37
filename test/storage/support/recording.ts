import type { ConnectionSource, SqlValue } from "../../../adapters/storage/sql/connection.ts"

/** A statement as it reached the database. */
export interface RecordedStatement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

/** The same connections; every statement that goes through them is kept in `statements`. */
export function recordStatements(connections: ConnectionSource, statements: RecordedStatement[]): ConnectionSource {
  return {
    async connect() {
      const connection = await connections.connect()
      return {
        query(sql, parameters) {
          statements.push({ sql, parameters })
          return connection.query(sql, parameters)
        },
        release: (broken) => connection.release(broken),
      }
    },
    disconnect: () => connections.disconnect(),
  }
}
