import type { DialectAdapter, Kysely, QueryCompiler, Transaction } from "kysely"
import type { Schema } from "./schema.ts"

/** The names that a database has for the column types of the schema. */
export interface ColumnTypes {
  /** Text that is compared byte by byte, for keys and names. */
  readonly key: string
  readonly text: string
  readonly integer: string
  readonly bigInteger: string
  readonly real: string
  readonly bytes: string
  /** What stands after a table's closing bracket. */
  readonly tableOptions: string
}

/** What differs between the databases; everything else of the storage is the same SQL for all. */
export interface SqlEngine {
  readonly columnTypes: ColumnTypes
  createAdapter(): DialectAdapter
  createQueryCompiler(): QueryCompiler
  /** The statement that begins a transaction. Reading, every statement of it MUST see the same state. */
  begin(mode: "read" | "write"): string
  /** Waits until no other transaction holds this key, and holds it until the transaction ends. */
  lock(transaction: Transaction<Schema>, key: string): Promise<void>
  /** Ends a query for rows to be changed: rows that another transaction is changing are passed over. */
  readonly skipLocked: string
  hasTable(database: Kysely<Schema>, table: string): Promise<boolean>
}
