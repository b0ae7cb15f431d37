import { CompiledQuery } from "kysely"
import type { SqlValue } from "./connection.ts"
import { toOften } from "./often.ts"

/**
 * A statement over many rows of values at once. Of the first `common` values of a row, which MUST be the same in all of
 * them, those of the first row stand before all others.
 */
export type RowStatements = (rows: readonly (readonly SqlValue[])[], common?: number) => readonly CompiledQuery[]

/** 512 rows of 30 columns are 15,360 parameters; SQLite takes 32,766 and PostgreSQL 65,535. */
const maxRows = 512

/** Above it, rows go in smaller statements, so that a message to the database stays small. */
const maxCharacters = 4_000_000

/**
 * Makes statements whose text depends on the count of rows alone: it is compiled once for each power of two, so that there
 * are ten statements to keep prepared and not one for every size of a batch. `compile` gets the count of rows; those that
 * are asked for `often` (`often.ts`) are kept by databases that keep no others.
 */
export function createRowStatements(compile: (rows: number) => CompiledQuery, often = false): RowStatements {
  const texts = new Map<number, string>()
  const textFor = (rows: number): string => {
    const known = texts.get(rows)
    if (known !== undefined) return known
    const { sql } = compile(rows)
    texts.set(rows, sql)
    return sql
  }
  return (rows, common = 0) => {
    const queries: CompiledQuery[] = []
    for (let from = 0; from < rows.length; ) {
      const { values, count } = takeRows(rows, from, common)
      const query = CompiledQuery.raw(textFor(count), values)
      queries.push(often ? toOften(query) : query)
      from += count
    }
    return queries
  }
}

/** The values of the rows from there on that go in one statement. `flat` takes three times as long. */
function takeRows(
  rows: readonly (readonly SqlValue[])[],
  from: number,
  common: number,
): { readonly values: SqlValue[]; readonly count: number } {
  let count = powerOfTwo(Math.min(maxRows, rows.length - from))
  const values: SqlValue[] = rows[from]?.slice(0, common) ?? []
  let characters = 0
  for (let taken = 0; taken < count; taken++) {
    const row = rows[from + taken] ?? []
    const before = values.length
    for (let index = common; index < row.length; index++) {
      const value = row[index] as SqlValue
      if (typeof value === "string") characters += value.length
      values.push(value)
    }
    if (characters > maxCharacters && taken > 0) {
      count = powerOfTwo(taken)
      values.length = common + count * (values.length - before)
      break
    }
  }
  return { values, count }
}

/** The largest one that is no larger. */
function powerOfTwo(count: number): number {
  return 2 ** Math.floor(Math.log2(count))
}
