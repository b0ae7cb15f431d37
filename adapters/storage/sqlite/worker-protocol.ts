import type { Row, SqlValue } from "../sql/connection.ts"
import type { PackedValues } from "./packed-values.ts"

/** A statement, with its values as they are handed over. */
export interface SentStatement {
  readonly sql: string
  readonly parameters: PackedValues | readonly SqlValue[]
}

/** What the worker is asked: a statement, several in one transaction, or, without any, to close the database. */
export interface SqliteRequest extends Partial<SentStatement> {
  readonly id: number
  readonly transaction?: readonly SentStatement[]
}

/** What it answers. The answer with id 0 tells that the database is open, or why it is not. */
export interface SqliteReply {
  readonly id: number
  readonly rows?: readonly Row[]
  /** The rows of each statement of a transaction. */
  readonly results?: readonly (readonly Row[])[]
  readonly error?: { readonly message: string; readonly code: string | undefined }
  /** Set where a transaction could not be rolled back, so that the connection's state is unknown. */
  readonly isBroken?: true
}

/** The id of the answer that nobody asked for. */
export const openedId = 0
