import type { ColumnTypes } from "../engine.ts"

/** One step of the schema's history. A published migration never changes. */
export interface Migration {
  /** Number and subject, such as `0001_functions`. */
  readonly name: string
  /** The statements, in order, with the column types of the database at hand. */
  statements(types: ColumnTypes): readonly string[]
}
