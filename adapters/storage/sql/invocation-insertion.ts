import { CompiledQuery, type Insertable, type Kysely } from "kysely"
import type { InvocationRecord } from "../../../src/model/invocation.ts"
import type { SqlValue } from "./connection.ts"
import type { Schema } from "./schema.ts"

/**
 * Makes the statements that insert records. This is the storage's busiest way, so it goes around the query builder:
 * a statement carries many rows, and its text is built once for each of a few counts of rows.
 */
export function createInsertion(kysely: Kysely<Schema>): (records: readonly InvocationRecord[]) => CompiledQuery[] {
  const texts = new Map<number, string>()
  const textFor = (rows: number): string => {
    const known = texts.get(rows)
    if (known !== undefined) return known
    const text = compileInsert(kysely, rows)
    texts.set(rows, text)
    return text
  }
  return (records) => {
    const queries: CompiledQuery[] = []
    for (let from = 0; from < records.length; ) {
      const rows = countRows(records, from)
      const values: SqlValue[] = []
      for (const record of records.slice(from, from + rows)) pushValues(values, record)
      queries.push(CompiledQuery.raw(textFor(rows), values))
      from += rows
    }
    return queries
  }
}

/** 256 rows are 3840 parameters; SQLite takes 32,766 and PostgreSQL 65,535. */
const maxRows = 256

/** Above it, rows go in smaller statements, so that a message to the database stays small. */
const maxCharacters = 4_000_000

/** A power of two, so that there are nine statements to keep prepared and not one for every size of a batch. */
function countRows(records: readonly InvocationRecord[], from: number): number {
  let rows = maxRows
  while (rows > records.length - from) rows /= 2
  let characters = 0
  for (let index = 0; index < rows; index += 1) {
    for (const entry of records[from + index]?.logs ?? []) characters += entry.message.length
    while (characters > maxCharacters && rows > index + 1) rows /= 2
  }
  return rows
}

type InvocationRow = Insertable<Schema["inlay_invocations"]>

/** The order of the columns is that of `pushValues`. */
const sampleRow: InvocationRow = {
  organisation: "",
  id: "",
  function_id: "",
  name: "",
  version: 0,
  status: "succeeded",
  error: null,
  logs: "",
  started_at: 0,
  ended_at: 0,
  duration_ms: 0,
  cpu_ms: 0,
  memory_bytes: 0,
  cold_start: 0,
  trace_id: "",
}

function compileInsert(kysely: Kysely<Schema>, rows: number): string {
  return kysely
    .insertInto("inlay_invocations")
    .values(Array.from({ length: rows }, () => sampleRow))
    .onConflict((conflict) => conflict.columns(["organisation", "id"]).doNothing())
    .compile().sql
}

function pushValues(values: SqlValue[], record: InvocationRecord): void {
  values.push(
    record.organisation,
    record.id,
    record.functionId,
    record.name,
    record.version,
    record.status,
    record.error === undefined ? null : JSON.stringify(record.error),
    record.logs.length === 0 ? "[]" : JSON.stringify(record.logs),
    // A clock may give fractions, a column of whole numbers takes none.
    Math.round(record.startedAt),
    Math.round(record.endedAt),
    record.durationMs,
    record.cpuMs,
    Math.round(record.memoryBytes),
    record.coldStart ? 1 : 0,
    record.traceId,
  )
}
