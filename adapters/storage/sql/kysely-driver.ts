import type { DatabaseConnection, Driver, QueryResult, TransactionSettings } from "kysely"
import { CompiledQuery, Kysely } from "kysely"
import type { ConnectionSource, SqlConnection, SqlValue } from "./connection.ts"
import type { SqlEngine } from "./engine.ts"
import { isOften } from "./often.ts"
import type { Schema } from "./schema.ts"

/** A Kysely over the connections of a source. It holds nothing of its own: there is nothing to destroy. */
export function createKysely(engine: SqlEngine, connections: ConnectionSource): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => engine.createAdapter(),
      createDriver: () => createDriver(engine, connections),
      createQueryCompiler: () => engine.createQueryCompiler(),
      createIntrospector() {
        throw new Error("Cannot introspect the storage: its schema is known")
      },
    },
  })
}

interface HeldConnection extends DatabaseConnection {
  readonly connection: SqlConnection
  /** Set where a transaction could not be rolled back, so that the connection's state is unknown. */
  broken: boolean
}

function createDriver(engine: SqlEngine, connections: ConnectionSource): Driver {
  const held = (connection: DatabaseConnection): HeldConnection => connection as HeldConnection
  return {
    init: async () => {},
    destroy: async () => {},
    async acquireConnection() {
      return hold(await connections.connect())
    },
    async releaseConnection(connection) {
      held(connection).connection.release(held(connection).broken)
    },
    async beginTransaction(connection, settings: TransactionSettings) {
      const mode = settings.accessMode === "read only" ? "read" : "write"
      await connection.executeQuery(CompiledQuery.raw(engine.begin(mode)))
    },
    async commitTransaction(connection) {
      await connection.executeQuery(CompiledQuery.raw("commit"))
    },
    async rollbackTransaction(connection) {
      // The reason for rolling back is the error to report, so a failure to do so must not replace it.
      await connection.executeQuery(CompiledQuery.raw("rollback")).catch(() => {
        held(connection).broken = true
      })
    },
  }
}

function hold(connection: SqlConnection): HeldConnection {
  return {
    connection,
    broken: false,
    async executeQuery<Result>(query: CompiledQuery): Promise<QueryResult<Result>> {
      const rows = await connection.query(query.sql, toParameters(query.parameters), isOften(query))
      return { rows: rows as unknown as Result[] }
    },
    // biome-ignore lint/correctness/useYield: the interface asks for a generator; streaming is not used.
    async *streamQuery() {
      throw new Error("Cannot stream a query: the storage reads page by page")
    },
  }
}

/**
 * PostgreSQL refuses U+0000 in text, and libsql loses what follows it. No key has it, so whoever looks for one that does
 * must find nothing rather than fail; in a description it becomes the character for what cannot be shown.
 */
export function toParameters(values: readonly unknown[]): readonly SqlValue[] {
  // Most have none, and a statement over many rows has thousands of values: they are copied only where they must be.
  return (values.some(hasNul) ? values.map(withoutNul) : values) as readonly SqlValue[]
}

function hasNul(value: unknown): boolean {
  return typeof value === "string" && value.includes("\0")
}

function withoutNul(value: unknown): unknown {
  return hasNul(value) ? (value as string).replaceAll("\0", "\uFFFD") : value
}
