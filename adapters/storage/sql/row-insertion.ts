import { type CompiledQuery, type RawBuilder, sql } from "kysely"
import type { Database } from "./database.ts"
import type { GivenColumns } from "./engine.ts"
import { toJsonRows } from "./json-rows.ts"
import { createOften } from "./often.ts"
import { createRowStatements } from "./row-statements.ts"

/** What rows are added to. */
export interface InsertionTarget {
  readonly table: `inlay_${string}`
  /** Those whose values many rows of a batch have in common, with what the rows are about in the first one. */
  readonly common: GivenColumns
  readonly own: GivenColumns
  /** What follows the rows: `on conflict`, and what is returned. */
  readonly end: RawBuilder<unknown>
}

/** A row's values: those of the common columns in their order, then its own. */
export type InsertedRow = readonly (null | number | string)[]

/** A smaller group saves less than its statement costs. */
const leastGroup = 16
/** Kinds of rows about one thing that are told apart. */
const maxKinds = 4

/** A row of values that have names. */
export function toRow<Name extends string>(
  columns: Readonly<Record<Name, unknown>>,
  values: Readonly<Record<NoInfer<Name>, InsertedRow[number]>>,
): InsertedRow {
  return (Object.keys(columns) as Name[]).map((name) => values[name])
}

/**
 * Makes statements that add rows to a table which grows with every call. What costs most is to hand values over, to
 * another thread and to the database: what rows have in common is handed over once where the database keeps statements
 * prepared for good, with a text for each power of two; else one text takes the rows as JSON.
 */
export function createRowInsertion(
  { kysely, engine }: Database,
  { table, common, own, end }: InsertionTarget,
): (rows: readonly InsertedRow[]) => readonly CompiledQuery[] {
  const columns = { ...common, ...own }
  const names = Object.keys(columns)
  const listed = sql.raw(names.join(", "))
  const into = sql`insert into ${sql.raw(table)} (${listed})`
  if (!engine.keepsPrepared) {
    const toObject = (row: InsertedRow) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]))
    const insert = createOften<{ readonly json: string }>(
      kysely,
      (slot) => sql`${into} select ${listed} from ${engine.given(slot("json"), columns)} ${end}`,
    )
    return (rows) => toJsonRows(rows.map(toObject)).map((json) => insert({ json }))
  }
  const commonNames = Object.keys(common)
  const ownNames = Object.keys(own)
  const ofAnyRows = createRowStatements((count) =>
    sql`${into} values ${places(count, names.length)} ${end}`.compile(kysely),
  )
  const shared = sql.join(commonNames.map((name) => sql`${null} as ${sql.raw(name)}`))
  const picked = sql.raw([...commonNames, ...ownNames.map((_, index) => `own.column${index + 1}`)].join(", "))
  const ofAlikeRows = createRowStatements((count) =>
    sql`${into} select ${picked} from (select ${shared}) cross join (values ${places(count, ownNames.length)}) as own
      where true ${end}`.compile(kysely),
  )
  if (commonNames.length === 0) return ofAnyRows
  return (rows) => {
    const { groups, others } = toGroups(rows, commonNames.length)
    const alike = groups.flatMap((group) => ofAlikeRows(group, commonNames.length))
    return [...alike, ...ofAnyRows(others)]
  }
}

function places(rows: number, columns: number): RawBuilder<unknown> {
  const place = sql`(${sql.join(Array.from({ length: columns }, () => null))})`
  return sql.join(Array.from({ length: rows }, () => place))
}

/** Rows that begin with the same values, where there are enough of them. */
function toGroups(
  rows: readonly InsertedRow[],
  width: number,
): { readonly groups: readonly (readonly InsertedRow[])[]; readonly others: readonly InsertedRow[] } {
  const bySubject = new Map<InsertedRow[number] | undefined, InsertedRow[][]>()
  const others: InsertedRow[] = []
  for (const row of rows) {
    const kinds = bySubject.get(row[0])
    const kind = kinds?.find(([first]) => first !== undefined && isAlike(first, row, width))
    if (kind) kind.push(row)
    else if (kinds === undefined) bySubject.set(row[0], [[row]])
    else if (kinds.length < maxKinds) kinds.push([row])
    else others.push(row)
  }
  const groups: InsertedRow[][] = []
  for (const kinds of bySubject.values()) {
    for (const kind of kinds) {
      if (kind.length >= leastGroup) groups.push(kind)
      else others.push(...kind)
    }
  }
  return { groups, others }
}

function isAlike(one: InsertedRow, other: InsertedRow, width: number): boolean {
  for (let index = 0; index < width; index++) if (one[index] !== other[index]) return false
  return true
}
