import type { Row, SqlValue } from "../sql/connection.ts"
import type { PackedValues } from "./packed-values.ts"

/** What the worker is asked: a statement, or, without one, to close the database. */
export interface SqliteRequest {
  readonly id: number
  readonly sql?: string
  readonly parameters?: PackedValues | readonly SqlValue[]
}

/** What it answers. The answer with id 0 tells that the database is open, or why it is not. */
export interface SqliteReply {
  readonly id: number
  readonly rows?: readonly Row[]
  readonly error?: { readonly message: string; readonly code: string | undefined }
}

/** The id of the answer that nobody asked for. */
export const openedId = 0
