import { CompiledQuery } from "kysely"
import type { SqlValue } from "./connection.ts"

/** A statement over many rows of values at once. */
export type RowStatements = (rows: readonly (readonly SqlValue[])[]) => readonly CompiledQuery[]

/** 256 rows of 30 columns are 7,680 parameters; SQLite takes 32,766 and PostgreSQL 65,535. */
const maxRows = 256

/** Above it, rows go in smaller statements, so that a message to the database stays small. */
const maxCharacters = 4_000_000

/**
 * Makes statements whose text depends on the count of rows alone: it is compiled once for each power of two, so that there
 * are nine statements to keep prepared and not one for every size of a batch. `compile` gets the count and sample rows.
 */
export function createRowStatements(compile: (rows: number) => CompiledQuery): RowStatements {
  const texts = new Map<number, string>()
  const textFor = (rows: number): string => {
    const known = texts.get(rows)
    if (known !== undefined) return known
    const { sql } = compile(rows)
    texts.set(rows, sql)
    return sql
  }
  return (rows) => {
    const queries: CompiledQuery[] = []
    for (let from = 0; from < rows.length; ) {
      const count = countRows(rows, from)
      queries.push(CompiledQuery.raw(textFor(count), rows.slice(from, from + count).flat()))
      from += count
    }
    return queries
  }
}

function countRows(rows: readonly (readonly SqlValue[])[], from: number): number {
  let count = maxRows
  while (count > rows.length - from) count /= 2
  let characters = 0
  for (let index = 0; index < count; index += 1) {
    for (const value of rows[from + index] ?? []) if (typeof value === "string") characters += value.length
    while (characters > maxCharacters && count > index + 1) count /= 2
  }
  return count
}
