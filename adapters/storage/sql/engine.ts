import type { DialectAdapter, Kysely, QueryCompiler, RawBuilder, Transaction } from "kysely"
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

/** Bounds on waiting for other transactions. */
export interface Waits {
  /** From now on a statement of the transaction fails that would wait for longer. */
  limit(transaction: Transaction<Schema>, ms: number): Promise<void>
  /** Whether a statement failed because it would have waited for longer, or for one that waits for it. */
  isHeldUp(error: unknown): boolean
}

/** A database that may take no writes for a while. */
export interface ReadOnly {
  /** Whether it is so at this moment. */
  readonly isNow: RawBuilder<{ readonly refuses: boolean }>
  /** Whether a statement failed because it was. */
  isRefusal(error: unknown): boolean
}

/** A table whose rows are given with the statement: the types of its columns, by name. */
export type GivenColumns = Readonly<Record<string, "text" | "integer" | "bigint" | "double precision">>

/** What differs between the databases; everything else of the storage is the same SQL for all. */
export interface SqlEngine {
  readonly columnTypes: ColumnTypes
  createAdapter(): DialectAdapter
  createQueryCompiler(): QueryCompiler
  /** The statement that begins a transaction. Reading, every statement of it MUST see the same state. */
  begin(mode: "read" | "write"): string
  /** Waits until no other transaction holds this key, and holds it until the transaction ends. */
  lock(transaction: Transaction<Schema>, key: string): Promise<void>
  /** Holds those of the keys until the transaction ends that no other transaction holds; answers these. */
  tryLock(transaction: Transaction<Schema>, keys: readonly string[]): Promise<readonly string[]>
  /** How long statements wait for what another transaction holds; absent where one transaction writes at a time. */
  readonly waits?: Waits
  /** Absent where a statement that finds nothing to write never fails for that. */
  readonly readOnly?: ReadOnly
  /** Whether connections keep statements prepared, so that a statement is best asked for in few texts. */
  readonly keepsPrepared: boolean
  /** Whether statements that change rows may stand in the with clause of a query. */
  readonly changesInWith: boolean
  /** The rows of a JSON text, an array of objects, as a table named `given`. */
  given(json: string | RawBuilder<unknown>, columns: GivenColumns): RawBuilder<unknown>
  /** The function that tells where in a text, the first argument, another begins: 1 for its first character, 0 for nowhere. */
  readonly find: string
  /** Ends a query for rows to be changed: rows that another transaction is changing are passed over. */
  readonly skipLocked: string
  /** The time of a clock that all who use the database share; null where that is the caller's own. */
  readonly clock: RawBuilder<{ readonly now: number | string | bigint }> | null
  hasTable(database: Kysely<Schema>, table: string): Promise<boolean>
}
